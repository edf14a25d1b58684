/** The pages that are shown: those that were laid out, and on them every widget that nobody has placed yet. */
import type { Page, Place, Spot, Widget } from "../api/types";
import { freePlace, sizeOf, spotKey } from "./grid";

export interface Layout {
  pages: Page[];
  hidden: Place[];
}

/** Add widgets that stand nowhere: on the page that they name, or the first. What a control reads needs no place. */
export function laidOut({ pages, hidden }: Layout, widgets: readonly Widget[], usual: string): Page[] {
  const placed = new Set([...pages.flatMap(({ spots }) => spots.map(spotKey)), ...hidden.map(spotKey)]);
  const read = new Set(widgets.map(readsKey).filter((key) => key !== null));
  let all = pages;
  for (const widget of widgets) {
    if (placed.has(spotKey(widget)) || read.has(spotKey(widget))) continue;
    const page = text(widget.options["page"]);
    const at = page === "" ? 0 : all.findIndex(({ name }) => name === page);
    if (all[at] === undefined) all = [...all, add({ name: page || usual, spots: [] }, widget)];
    else all = all.map((one, i) => (i === at ? add(one, widget) : one));
  }
  return all;
}

/** The key of the display that says what a control has really set; null: none does. */
export function readsKey({ flow, node, options }: Widget): string | null {
  const reads = text(options["reads"]);
  if (reads === "") return null;
  const outer = node.slice(0, node.lastIndexOf("/") + 1); // inside a subflow: a neighbour
  return `${flow}/${outer}${reads}`;
}

/** Widgets that stand on no page. */
export function unplaced(pages: readonly Page[], widgets: readonly Widget[]): Widget[] {
  const placed = new Set(pages.flatMap(({ spots }) => spots.map(spotKey)));
  return widgets.filter((widget) => !placed.has(spotKey(widget)));
}

/** Put a widget on a page where there is room. */
export function add(page: Page, { flow, node, widget }: Widget): Page {
  const [w, h] = sizeOf(widget);
  const spot: Spot = { flow, node, w, h, ...freePlace(page.spots, w, h) };
  return { ...page, spots: [...page.spots, spot] };
}

export function take(page: Page, spot: { flow: string; node: string }): Page {
  return { ...page, spots: page.spots.filter((one) => spotKey(one) !== spotKey(spot)) };
}

/** A name that no page has. */
export function freeName(pages: readonly Page[], wish: string): string {
  const taken = new Set(pages.map(({ name }) => name));
  let name = wish;
  for (let number = 2; taken.has(name); number++) name = `${wish} ${number}`;
  return name;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
