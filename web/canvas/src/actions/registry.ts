/**
 * Every action of the editor, once: menus, keys, the command palette and the key map are made from this list.
 * Rooms declare their actions in `<room>/actions.ts` and `actions/all.ts` joins them.
 */
import type { Key } from "../text";
import type { Role } from "../store/session";

export interface Action {
  /** `edit.undo`: room and name; it never changes. */
  id: string;
  label: Key;
  /** As in Node-RED where it has one: `mod+z`, `mod+shift+p`, `f6`, `a`. `mod` is Ctrl, on a Mac Cmd. */
  keys?: string[];
  /** Where the keys act: everywhere, or only while the canvas has the focus (keys that the browser or a text field needs). */
  where?: "everywhere" | "canvas";
  /** Whether the keys act also while a text field has the focus. */
  inFields?: boolean;
  /** The browser itself turns the keys into an event (copy, cut, paste): they are only shown. */
  native?: boolean;
  /** The least role, for the flow in front; without one it only looks. */
  role?: Role;
  /** Whether it is about no flow in front: who has the role for some flow may do it. */
  anyFlow?: boolean;
  /** Whether it can be done now. */
  can?(): boolean;
  run(): void;
}

/** Keys one by one: `mod++` is Ctrl and plus. */
export function keyParts(keys: string): string[] {
  const parts = keys.split("+");
  return keys.endsWith("++") ? [...parts.slice(0, -2), "+"] : parts;
}

const NAMES: Record<string, string> = { arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", escape: "Esc", contextmenu: "Menu" };

/** Write keys for people: `Ctrl+Shift+P`. */
export function keysText(keys: string): string {
  const mac = navigator.platform.startsWith("Mac");
  return keyParts(keys)
    .map((key) => (key === "mod" ? (mac ? "⌘" : "Ctrl") : (NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : capital(key)))))
    .join("+");
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
