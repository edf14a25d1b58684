/** The list of alarms, as the stream told it last; null: not heard yet. */
import { create } from "zustand";
import type { Alarms } from "../api/types";

export const useAlarms = create<{ alarms: Alarms | null }>()(() => ({ alarms: null }));
