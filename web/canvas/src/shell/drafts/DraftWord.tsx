import type { ReactNode } from "react";
import { useProject } from "../../store/project";
import { useView } from "../../store/view";
import { type Key, useText } from "../../text";
import type { DraftState } from "./draftKeeper";
import { useDrafts } from "./drafts";

const WORDS: Partial<Record<DraftState, Key>> = {
  saving: "shell.draft-saving",
  saved: "shell.draft-saved",
  local: "shell.draft-local",
  contested: "shell.draft-other",
  refused: "shell.draft-unsaved",
};

/** Where the draft of the flow in front is. */
export function DraftWord(): ReactNode {
  const t = useText();
  const active = useProject((state) => state.active);
  const state = useDrafts((drafts) => (active === null ? undefined : drafts.states[active]));
  const word = state === undefined ? undefined : WORDS[state];
  if (word === undefined || active === null) return null;
  if (state === "contested")
    return (
      <button type="button" className="shell-draft shell-draft-contested" onClick={() => useView.getState().openDialog("draft-conflict", { flow: active })}>
        {t(word)}
      </button>
    );
  return <span className={`shell-draft shell-draft-${state}`}>{t(word)}</span>;
}
