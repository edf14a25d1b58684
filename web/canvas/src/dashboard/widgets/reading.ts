/** What value, gauge and lamp show. */
import type { Widget } from "../../api/types";
import { useShown } from "../shown";

export interface Reading {
  value: unknown;
  unit?: string;
  quality: "good" | "uncertain" | "bad";
  /** Seconds since 1970; 0: no message has come. */
  time: number;
  state?: "normal" | "active" | "warning" | "alarm" | "off" | "unknown";
  text?: string;
}

export const useReading = ({ flow, node }: Widget): Reading | null => useShown<Reading>(`${flow}/${node}`);
