import { type ReactNode, Suspense } from "react";
import { later } from "../ui/later";
import { useAlarms } from "../alarms/store";
import { useMachines } from "./store";

const MachinesBar = later(() => import("./MachinesBar").then((part) => part.MachinesBar));

const AlarmsBar = later(() => import("../alarms/AlarmsBar").then((part) => part.AlarmsBar));

/** Where alarms and the emergency stop stand in a header; nothing where there are none, and no envelope. */
export function MachinesPlace(): ReactNode {
  const guarded = useMachines(({ machines }) => machines?.guarded);
  const rings = useAlarms(({ alarms }) => alarms !== null && alarms.alarms.length > 0);
  return (
    <>
      <Suspense>{rings && <AlarmsBar />}</Suspense>
      <Suspense>{guarded && <MachinesBar />}</Suspense>
    </>
  );
}
