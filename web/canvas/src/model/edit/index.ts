/** Every edit of a flow, as pure functions; making a subflow stands apart, since it is large and rare. */
export * from "./doors";
export * from "./groups";
export * from "./layout";
export * from "./nodes";
export * from "./reconnect";
export * from "./wires";
