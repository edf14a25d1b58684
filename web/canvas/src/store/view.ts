/** What is shown where: selection, drawers, dialogs, choices of this browser. Never part of a flow, never undone. */
import { create } from "zustand";

export type DrawerTab = "settings" | "info" | "debug" | "problems" | "outline" | "history";
export type Theme = "system" | "light" | "dark";
export type Language = "en" | "de";

export interface Selection {
  nodes: string[];
  /** Wires by `wireKey` (model/wires.ts). */
  wires: string[];
  /** Keys of the layout: `$group:<name>`, `$note:<id>`. */
  marks: string[];
}

export const NOTHING: Selection = { nodes: [], wires: [], marks: [] };

interface ViewState {
  /** Flow -> what is selected in it. */
  selections: Record<string, Selection>;
  drawer: DrawerTab | null;
  paletteOpen: boolean;
  /** The dialog in front: its name in `shell/ShellDialogs.tsx`, with what it was opened with. */
  dialog: { name: string; with?: unknown } | null;
  theme: Theme;
  language: Language;
  /** Whether the canvas marks what differs from the deployed flow. */
  diff: boolean;
  /** A node to be brought into view and flashed: `find` counts up so that the same one can be found again. */
  found: { flow: string; node: string; find: number } | null;

  select(flow: string, selection: Partial<Selection>): void;
  openDrawer(tab: DrawerTab | null): void;
  setPaletteOpen(open: boolean): void;
  openDialog(name: string, given?: unknown): void;
  closeDialog(): void;
  setTheme(theme: Theme): void;
  setLanguage(language: Language): void;
  find(flow: string, node: string): void;
  setDiff(diff: boolean): void;
}

const KEPT = "flowengine.view";

/** Where the palette lies over the canvas and leaves little of it; see shell.css. */
const tight = globalThis.matchMedia?.("(max-width: 760px)");

interface Kept {
  theme: Theme;
  language: Language;
  paletteOpen: boolean;
}

function kept(): Kept {
  const language: Language = globalThis.navigator?.language.startsWith("de") ? "de" : "en";
  const usual: Kept = { theme: "system", language, paletteOpen: true };
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Kept>) };
  } catch {
    return usual;
  }
}

function keep(change: Partial<Kept>): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...change }));
  } catch {
    // A browser that keeps nothing (private window) only forgets the choice.
  }
}

export const useView = create<ViewState>()((set, get) => ({
  ...kept(),
  ...(tight?.matches && { paletteOpen: false }),
  selections: {},
  drawer: null,
  dialog: null,
  found: null,
  diff: false,
  select: (flow, selection) =>
    set({ selections: { ...get().selections, [flow]: { ...NOTHING, ...selection } } }),
  openDrawer: (drawer) => set({ drawer }),
  setPaletteOpen: (paletteOpen) => {
    if (!tight?.matches) keep({ paletteOpen });
    set({ paletteOpen });
  },
  openDialog: (name, given) => set({ dialog: { name, with: given } }),
  closeDialog: () => set({ dialog: null }),
  setTheme: (theme) => {
    keep({ theme });
    set({ theme });
  },
  setLanguage: (language) => {
    keep({ language });
    set({ language });
  },
  find: (flow, node) => set({ found: { flow, node, find: (get().found?.find ?? 0) + 1 } }),
  setDiff: (diff) => set({ diff }),
}));

tight?.addEventListener("change", () => useView.setState({ paletteOpen: !tight.matches && kept().paletteOpen }));

export function selectionOf(flow: string | null): Selection {
  return (flow === null ? undefined : useView.getState().selections[flow]) ?? NOTHING;
}
