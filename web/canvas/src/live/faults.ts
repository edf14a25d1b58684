/** What is wrong in the plant now, and what has been since this page was opened. */
import { create } from "zustand";
import { post } from "../api/client";
import type { Fault, Faults } from "../api/types";
import { unlessOvertaken } from "./overtaken";

/** A fault that has left the list. */
export interface PastFault extends Fault {
  until: number;
}

interface FaultsState {
  /** The most urgent first. */
  faults: Fault[];
  /** The newest first. */
  past: PastFault[];
  /** Errors that were not there before, to be read out; null until the first list came. */
  fresh: Fault[] | null;
}

const KEPT_PAST = 200;

export const useFaults = create<FaultsState>()(() => ({ faults: [], past: [], fresh: null }));

export const faultKey = ({ flow, node }: { flow: string; node: string }): string => `${flow}/${node}`;

/** Take the whole list; what is missing from it has left. */
export function takeFaults({ faults }: Faults, now = Date.now() / 1000): void {
  const { faults: before, past, fresh } = useFaults.getState();
  const still = new Set(faults.map((fault) => `${faultKey(fault)} ${fault.since}`));
  const left = before.filter((fault) => !still.has(`${faultKey(fault)} ${fault.since}`)).map((fault) => ({ ...fault, until: now }));
  const known = new Set(before.filter(isActiveError).map((fault) => `${faultKey(fault)} ${fault.since}`));
  const news = faults.filter((fault) => isActiveError(fault) && !known.has(`${faultKey(fault)} ${fault.since}`));
  useFaults.setState({
    faults: [...faults].sort(byUrgency),
    past: left.length === 0 ? past : [...left, ...past].slice(0, KEPT_PAST),
    fresh: fresh === null ? [] : news.length > 0 ? news : fresh,
  });
}

/** Say that someone has seen these. */
export async function acknowledge(faults: readonly Fault[]): Promise<void> {
  const places = faults.map(({ flow, node }) => ({ flow, node }));
  await unlessOvertaken(useFaults, post<Faults>("/api/faults/acknowledge", { places }), takeFaults);
}

export function unacknowledged(faults: readonly Fault[]): Fault[] {
  return faults.filter((fault) => fault.acknowledged_by === "");
}

/** Whether something is wrong now, seen or not. */
export function isStanding(fault: Fault): boolean {
  return fault.active && fault.level === "error";
}

function isActiveError(fault: Fault): boolean {
  return isStanding(fault) && fault.acknowledged_by === "";
}

/** Unacknowledged before acknowledged, errors before warnings, what stands before what is gone, the newest first. */
function byUrgency(a: Fault, b: Fault): number {
  return rank(a) - rank(b) || b.since - a.since;
}

function rank(fault: Fault): number {
  return (fault.acknowledged_by === "" ? 0 : 4) + (fault.level === "error" ? 0 : 2) + (fault.active ? 0 : 1);
}
