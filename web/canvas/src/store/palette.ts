/**
 * What can be put into a flow: node types, connection types, the subflows of the folder. At first without help and
 * forms, which are nine tenths of it: they come when something that shows them is fetched.
 */
import { create } from "zustand";
import { get } from "../api/client";
import type { FailedPackage, NodeType, Palette } from "../api/types";
import { nameTypes } from "../model/typeName";
import { type Language, useView } from "./view";

interface PaletteState {
  /** By type: nodes, connections and subflows alike. */
  types: Record<string, NodeType>;
  failed: FailedPackage[];
  loaded: boolean;
  /** The language in which it was read last: another one than is chosen, where the server was out of reach. */
  language: Language;
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
    const palette = await read(false);
    for (const type of allOf(palette)) {
      const known = state().types[type.type];
      if (known === undefined) continue;
      Object.assign(known, { help: type.help, schema: type.schema });
      known.inputs.forEach((port, at) => Object.assign(port, { description: type.inputs[at]?.description ?? "" }));
      known.outputs.forEach((port, at) => Object.assign(port, { description: type.outputs[at]?.description ?? "" }));
    }
    all = true;
  };
  return {
    types: {},
    failed: [],
    loaded: false,
    language: "en",
    load: async () => {
      const brief = !all;
      const { language } = useView.getState();
      const palette = await read(brief);
      if (brief && all) return state().load(); // the rest of it has overtaken this
      if (language !== useView.getState().language) return state().load(); // another one has been chosen meanwhile
      nameTypes(allOf(palette));
      set({ types: Object.fromEntries(allOf(palette).map((type) => [type.type, type])), failed: palette.failed, loaded: true, language });
    },
    whole: async () => {
      if (all) return;
      filling ??= fill().finally(() => (filling = null));
      await filling;
    },
  };
});

/** In another language: what packages have no words for comes in English. */
useView.subscribe(({ language }, before) => {
  const { loaded, load } = usePalette.getState();
  if (language !== before.language && loaded) load().catch(() => {}); // out of reach: it is read when the server is back
});

function read(brief: boolean): Promise<Palette> {
  const { language } = useView.getState();
  const query = [...(brief ? ["brief=true"] : []), ...(language === "en" ? [] : [`language=${language}`])].join("&");
  return get<Palette>(`/api/palette${query && `?${query}`}`);
}

function allOf({ nodes, connections, subflows }: Palette): NodeType[] {
  return [...nodes, ...connections, ...subflows];
}
