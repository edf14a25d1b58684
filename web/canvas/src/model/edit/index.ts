/** Every edit of a flow, as pure functions. */
export * from "./doors";
export * from "./groups";
export * from "./layout";
export * from "./nodes";
export * from "./reconnect";
export * from "./subflow";
export * from "./wires";
