/** The engine as it is now, a frame a second. */
import { create } from "zustand";
import type { EngineLive } from "../api/types";

interface EngineState {
  engine: EngineLive | null;
}

export const useEngine = create<EngineState>()(() => ({ engine: null }));
