/** What can be put into a flow: node types, connection types, the subflows of the folder. */
import { create } from "zustand";
import { get } from "../api/client";
import type { FailedPackage, NodeType, Palette } from "../api/types";

interface PaletteState {
  /** By type: nodes, connections and subflows alike. */
  types: Record<string, NodeType>;
  failed: FailedPackage[];
  loaded: boolean;
  load(): Promise<void>;
}

export const usePalette = create<PaletteState>()((set) => ({
  types: {},
  failed: [],
  loaded: false,
  load: async () => {
    const palette = await get<Palette>("/api/palette");
    const all = [...palette.nodes, ...palette.connections, ...palette.subflows];
    set({ types: Object.fromEntries(all.map((type) => [type.type, type])), failed: palette.failed, loaded: true });
  },
}));
