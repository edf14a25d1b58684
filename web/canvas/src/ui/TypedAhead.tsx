import { type ReactNode, useLayoutEffect } from "react";

/** What a field or a list makes something of; shortcuts of the browser and of the page stay theirs. */
const KEPT = /^(.|Enter|Backspace|Arrow\w+)$/u;
/** More than anyone types before he looks up; what is more is dropped. */
const MOST = 100;

interface Props {
  /** Escape: it is not wanted any more. */
  onEscape(): void;
}

/** Stands in for something to type into while that is being fetched: keys that are pressed meanwhile go into it. */
export function TypedAhead({ onEscape }: Props): ReactNode {
  useLayoutEffect(() => {
    let kept: KeyboardEvent[] = [];
    const keep = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (event.key === "Escape") {
        kept = [];
        onEscape();
      } else if (!KEPT.test(event.key)) return;
      else if (kept.length < MOST) kept.push(event);
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    window.addEventListener("keydown", keep, true);
    return () => {
      // What comes in its place puts the focus into its field first.
      setTimeout(() => {
        window.removeEventListener("keydown", keep, true);
        kept.forEach(give);
      });
    };
  }, []); // oxlint-disable-line react-hooks/exhaustive-deps -- it ends with the wait that it began with
  return null;
}

/** Press a key again where the focus is now; not on the canvas, where a letter alone acts. */
function give({ key, code, shiftKey }: KeyboardEvent): void {
  const at = document.activeElement;
  if (at === null || at === document.body || at.closest("[data-canvas]") !== null) return;
  const unused = at.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, bubbles: true, cancelable: true }));
  if (!unused || !at.matches("input, textarea, [contenteditable=true]")) return;
  if (key.length === 1) document.execCommand("insertText", false, key);
  else if (key === "Backspace") document.execCommand("delete");
}
