/** F6 goes around the regions of the page: header, palette, canvas, drawer, status bar. */
import { focusCanvas, theStage } from "../canvas/stage";

const FOCUSABLE = "button:not(:disabled), [href], input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex]:not([tabindex='-1'])";

export function nextRegion(way: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  if (regions.length === 0) return;
  const now = regions.findIndex((region) => region.contains(document.activeElement));
  for (let step = 1; step <= regions.length; step++) {
    const region = regions[(((now + way * step) % regions.length) + regions.length) % regions.length];
    if (region?.contains(theStage()?.element ?? null)) {
      focusCanvas();
      return;
    }
    const into = region && entrance(region);
    if (into) {
      into.focus();
      return;
    }
  }
}

/** Where the focus goes in a region: the first thing that can have it, else the region itself, if it can. */
function entrance(region: HTMLElement): HTMLElement | undefined {
  const found = [...region.querySelectorAll<HTMLElement>(FOCUSABLE)].find((element) => element.getClientRects().length > 0);
  return found ?? (region.hasAttribute("tabindex") ? region : undefined);
}
