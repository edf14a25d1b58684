/** How the machines stand, as the stream told it last; null: not heard yet. */
import { create } from "zustand";
import type { Machines } from "../api/types";

export const useMachines = create<{ machines: Machines | null }>()(() => ({ machines: null }));
