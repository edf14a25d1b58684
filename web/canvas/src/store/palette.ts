/**
 * What can be put into a flow: node types, connection types, the subflows of the folder. At first without help and
 * forms, which are nine tenths of it: they come when something that shows them is fetched.
 */
import { create } from "zustand";
import { get } from "../api/client";
import type { FailedPackage, NodeType, Palette } from "../api/types";

interface PaletteState {
  /** By type: nodes, connections and subflows alike. */
  types: Record<string, NodeType>;
  failed: FailedPackage[];
  loaded: boolean;
  /** Read it, or read it again. */
  load(): Promise<void>;
  /** See to it that help and schemas are here too. */
  whole(): Promise<void>;
}

export const usePalette = create<PaletteState>()((set, state) => {
  /** Once somebody wants all of it, it is always read as a whole. */
  let all = false;
  let filling: Promise<void> | null = null;
  /** Nothing that is drawn hangs on what is filled in: the types stay the objects they are, and nothing is drawn again. */
  const fill = async (): Promise<void> => {
    const palette = await get<Palette>("/api/palette");
    for (const type of allOf(palette)) Object.assign(state().types[type.type] ?? {}, { help: type.help, schema: type.schema });
    all = true;
  };
  return {
    types: {},
    failed: [],
    loaded: false,
    load: async () => {
      const brief = !all;
      const palette = await get<Palette>(brief ? "/api/palette?brief=true" : "/api/palette");
      if (brief && all) return state().load(); // the rest of it has overtaken this
      set({ types: Object.fromEntries(allOf(palette).map((type) => [type.type, type])), failed: palette.failed, loaded: true });
    },
    whole: async () => {
      if (all) return;
      filling ??= fill().finally(() => (filling = null));
      await filling;
    },
  };
});

function allOf({ nodes, connections, subflows }: Palette): NodeType[] {
  return [...nodes, ...connections, ...subflows];
}
