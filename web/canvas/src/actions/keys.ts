/** From keys to actions. A letter alone never acts while a field has the focus; what the browser needs acts only on the canvas. */
import { useEffect } from "react";
import { useView } from "../store/view";
import { allActions, canRun } from "./all";
import { type Action, keyParts } from "./registry";

const FIELDS = "input, textarea, select, [contenteditable=''], [contenteditable=true]";
/** What has keys of its own: an open menu, list or tree. */
const OWN_KEYS = "[role=menu], [role=listbox], [role=tree], [role=tablist]";

/** Listen to keys as long as the component is there. */
export function useKeys(): void {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || useView.getState().dialog !== null || document.querySelector("dialog[open]") !== null) return;
  const pressed = pressedKeys(event);
  const place = placeOf(event.target instanceof Element ? event.target : null);
  const action = [...allActions().values()].find((one) => fits(one, pressed, place) && canRun(one));
  if (action === undefined) return;
  event.preventDefault();
  action.run();
}

export interface KeyPlace {
  field: boolean;
  canvas: boolean;
  /** Whether something else there uses arrows, letters, Enter. */
  own: boolean;
}

/** Where a key was pressed. Nothing focused counts as the canvas. */
function placeOf(element: Element | null): KeyPlace {
  return {
    field: element?.closest(FIELDS) !== null && element !== null,
    canvas: element === null || element === document.body || element.closest("#flow-panel") !== null,
    own: element !== null && (element.closest(OWN_KEYS) !== null || element.closest("button, a, summary") !== null),
  };
}

/** Whether a pressed key means this action, where the focus is. */
export function fits(action: Action, pressed: string, { field, canvas, own }: KeyPlace): boolean {
  if (action.native || !action.keys?.some((keys) => sorted(keys) === pressed)) return false;
  const plain = !pressed.includes("mod") && !pressed.includes("alt") && !/^(shift\+)?f\d+$/.test(pressed);
  if (field && !action.inFields) return false;
  if (plain && own) return false;
  return action.where === "canvas" ? canvas && !field : true;
}

/** `mod+shift+p`. Shift is left out where it only makes the character: `?`, `+`. */
export function pressedKeys({ key, ctrlKey, metaKey, altKey, shiftKey }: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const name = key === " " ? "space" : key.toLowerCase();
  const sign = name.length === 1 && !/[a-z0-9]/.test(name);
  return [...(ctrlKey || metaKey ? ["mod"] : []), ...(altKey ? ["alt"] : []), ...(shiftKey && !sign ? ["shift"] : []), name].join("+");
}

const ORDER = ["mod", "alt", "shift"];

function sorted(keys: string): string {
  const parts = keyParts(keys.toLowerCase());
  const main = parts.at(-1) ?? "";
  return [...ORDER.filter((one) => parts.slice(0, -1).includes(one)), main].join("+");
}
