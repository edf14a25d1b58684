/** The operators' pages as the server has them, and as someone is laying them out. */
import { create } from "zustand";
import { get as fetchJson, request } from "../api/client";
import type { Dashboard, Page, Place, Widget } from "../api/types";
import type { Layout } from "./pages";
import { heardSoFar, takeAll } from "./shown";

interface DashboardState extends Layout {
  loaded: boolean;
  /** Why nothing could be loaded. */
  error: string;
  revision: string;
  widgets: readonly Widget[];
  /** The name of the page in front; empty: the first. */
  page: string;
  /** While someone is laying out: the pages with what was moved. */
  draft: Layout | null;
  load(): Promise<void>;
  show(page: string): void;
  arrange(layout: Layout | null): void;
  /** Keep the draft; `base` is the revision that it may replace. Throws ApiError. */
  save(base: string): Promise<void>;
}

export const useDashboard = create<DashboardState>()((set, now) => {
  let asked = 0;
  /** Ask for everything and take it, unless it has been asked for again meanwhile: answers may overtake each other. */
  const take = async (answer: () => Promise<Dashboard>): Promise<void> => {
    const [number, heard] = [++asked, heardSoFar()];
    const found = await answer();
    if (number === asked) took(found, heard);
  };
  const took = ({ revision, pages, hidden, widgets }: Dashboard, heard: number): void => {
    takeAll(widgets, heard);
    // What is being laid out replaces the revision that it began with, and no newer one that nobody has looked at.
    set({ loaded: true, error: "", revision: now().draft === null ? revision : now().revision, pages, hidden, widgets });
  };
  return {
    loaded: false,
    error: "",
    revision: "",
    pages: [],
    hidden: [],
    widgets: [],
    page: "",
    draft: null,
    load: async () => {
      try {
        await take(() => fetchJson<Dashboard>("/api/dashboard"));
      } catch (error) {
        set({ error: error instanceof Error ? error.message : String(error) });
      }
    },
    show: (page) => set({ page }),
    arrange: (draft) => set({ draft }),
    save: async (base) => {
      const { draft } = now();
      if (draft === null) return;
      const body: { base: string; pages: Page[]; hidden: Place[] } = { base, ...draft };
      await take(async () => {
        const kept = (await request<Dashboard>("PUT", "/api/dashboard/pages", body)).body;
        set({ draft: null });
        return kept;
      });
    },
  };
});
