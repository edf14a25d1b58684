import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo, type ReactNode, useEffect, useRef, useState } from "react";
import { setNote } from "../model/edit";
import { useProject } from "../store/project";
import { useMay } from "../store/session";
import { useText } from "../text";
import type { StickyNode } from "./drawing";
import { useWriting } from "./writing";
import { focusOn } from "./stage";

/** A note on the canvas: double click or Enter to write in it, handles to size it. */
export const Sticky = memo(function Sticky({ id, data: { flow, note }, selected }: NodeProps<StickyNode>): ReactNode {
  const t = useText();
  const may = useMay("editor", flow);
  const writing = useWriting(({ note: open }) => open === id);
  const finish = (text: string): void => {
    useWriting.setState({ note: null });
    useProject.getState().edit(t("step.note"), flow, (doc) => setNote(doc, id, { text }));
    focusOn(id);
  };
  return (
    <div className="sticky" onDoubleClick={() => may && useWriting.setState({ note: id })}>
      <NodeResizer isVisible={selected && may} minWidth={80} minHeight={40} handleClassName="sticky-handle nodrag" lineClassName="sticky-line" />
      {writing ? <Writing text={note.text} onDone={finish} /> : <span className="sticky-text">{note.text || (may ? t("canvas.note.empty") : "")}</span>}
    </div>
  );
});

function Writing({ text, onDone }: { text: string; onDone(text: string): void }): ReactNode {
  const t = useText();
  const [words, setWords] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  const done = useRef(false);
  useEffect(() => field.current?.select(), []);
  const finish = (): void => {
    if (done.current) return; // leaving the field by a key also takes its focus
    done.current = true;
    onDone(words);
  };
  return (
    <textarea
      ref={field}
      className="sticky-field nodrag nopan nowheel"
      aria-label={t("canvas.note.label")}
      value={words}
      onChange={(event) => setWords(event.target.value)}
      onBlur={finish}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) finish();
      }}
    />
  );
}
