import { type ReactNode, Suspense } from "react";
import { later } from "../ui/later";
import { useMachines } from "./store";

const MachinesBar = later(() => import("./MachinesBar").then((part) => part.MachinesBar));

/** Where the emergency stop stands in a header; nothing where there is no envelope. */
export function MachinesPlace(): ReactNode {
  const guarded = useMachines(({ machines }) => machines?.guarded);
  return <Suspense>{guarded && <MachinesBar />}</Suspense>;
}
