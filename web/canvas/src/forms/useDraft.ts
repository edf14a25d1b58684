/** The value that a form edits: kept here while keys are typed, given on after a pause and when the field is left. */
import { useCallback, useEffect, useRef, useState } from "react";
import { same } from "../model/same";

const PAUSE = 300;
let edits = 0;

interface Draft<T> {
  value: T;
  change(next: T): void;
  /** The field was left: what was typed is given on, and the next key begins a new step of the history. */
  leave(): void;
}

/**
 * @param kept What the store has; when it becomes another value (undo, another place) the form shows that.
 * @param commit Gets a value, and a mark: values with the same mark are one step of the history.
 */
export function useDraft<T>(kept: T, commit: (value: T, mark: string) => void): Draft<T> {
  const [value, setValue] = useState(kept);
  const [seen, setSeen] = useState(kept);
  const state = useRef({ value: kept, given: kept, timer: 0, edit: 0, commit });
  state.current.commit = commit;
  if (seen !== kept) {
    setSeen(kept);
    if (!same(kept, state.current.given)) {
      clearTimeout(state.current.timer);
      Object.assign(state.current, { value: kept, given: kept, edit: ++edits });
      setValue(kept);
    }
  }
  const give = useCallback(() => {
    const now = state.current;
    clearTimeout(now.timer);
    if (same(now.value, now.given)) return;
    now.given = now.value;
    now.commit(now.value, `edit ${now.edit}`);
  }, []);
  const leave = useCallback(() => {
    give();
    state.current.edit = ++edits;
  }, [give]);
  const change = useCallback(
    (next: T) => {
      const now = state.current;
      const typing = isTyping();
      if (!typing) leave(); // a choice, a tick, a button: a step of its own
      now.value = next;
      setValue(next);
      clearTimeout(now.timer);
      if (typing) now.timer = window.setTimeout(give, PAUSE);
      else leave();
    },
    [give, leave],
  );
  useEffect(() => leave, [leave]);
  return { value, change, leave };
}

/** Whether the change comes from keys in a text. */
function isTyping(): boolean {
  const element = document.activeElement;
  if (element instanceof HTMLInputElement) return ["text", "password", "range", "search"].includes(element.type);
  return element instanceof HTMLTextAreaElement || (element instanceof HTMLElement && element.isContentEditable);
}
