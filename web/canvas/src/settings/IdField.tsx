import { type ReactNode, useId, useRef, useState } from "react";
import { FieldFrame } from "../forms/fields/FieldFrame";
import { renameNode } from "../model/edit";
import type { FlowDoc } from "../model/flow";
import { isName } from "../model/ids";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { useText } from "../text";
import { keepPlace } from "./focus";

/** The name of a node: it changes when the field is left, and everything that names the node follows. */
export function IdField({ flow, doc, id, readonly }: { flow: string; doc: FlowDoc; id: string; readonly: boolean }): ReactNode {
  const t = useText();
  const name = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(id);
  const fault = typed === id ? "" : !isName(typed) ? t("settings.id.bad") : doc.nodes[typed] !== undefined ? t("settings.id.taken") : "";
  const rename = (next: EventTarget | null): void => {
    if (typed === id || fault !== "") return;
    const back = keepPlace(input.current, next);
    useProject.getState().edit(t("settings.edit.rename", { old: id, new: typed }), flow, (now) => renameNode(now, id, typed));
    useView.getState().select(flow, { nodes: [typed] });
    back();
  };
  return (
    <FieldFrame id={name} label={t("settings.id")} errors={fault === "" ? [] : [fault]}>
      <input
        ref={input}
        id={name}
        type="text"
        className="mono"
        autoComplete="off"
        spellCheck={false}
        value={typed}
        readOnly={readonly}
        aria-invalid={fault !== "" || undefined}
        aria-describedby={fault === "" ? undefined : `${name}-faults`}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={(event) => rename(event.relatedTarget)}
        onKeyDown={(event) => {
          if (event.key === "Enter") rename(input.current);
          if (event.key === "Escape" && typed !== id) {
            event.preventDefault(); // the first Escape takes back what was typed
            setTyped(id);
          }
        }}
      />
    </FieldFrame>
  );
}
