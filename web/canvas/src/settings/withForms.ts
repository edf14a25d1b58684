/** Parts of this room: fetched when they are shown, with their words, and with the help and the schemas of all types. */
import type { ComponentType, LazyExoticComponent } from "react";
import { usePalette } from "../store/palette";
import { withWords } from "../ui/later";

export function withForms<P>(load: () => Promise<{ default: ComponentType<P> }>): LazyExoticComponent<ComponentType<P>> {
  return withWords(async () => {
    const [part] = await Promise.all([load(), usePalette.getState().whole()]);
    return part.default;
  });
}
