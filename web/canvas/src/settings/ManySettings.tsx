import type { ReactNode } from "react";
import { disableNodes, removeNodes } from "../model/edit";
import type { FlowDoc, WireSpec } from "../model/flow";
import { wireKey } from "../model/wires";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button } from "../ui/Button";

/** What can be done to several things at once. */
export function ManySettings({ flow, nodes, wires, readonly }: { flow: string; nodes: string[]; wires: WireSpec[]; readonly: boolean }): ReactNode {
  const t = useText();
  const name = t("settings.many", { count: nodes.length });
  const edit = (label: string, change: (doc: FlowDoc) => FlowDoc): void => useProject.getState().edit(label, flow, change);
  const remove = (): void => {
    const keys = new Set(wires.map(wireKey));
    edit(t("settings.edit.delete", { name }), (doc) => {
      const left = removeNodes(doc, nodes);
      return keys.size === 0 ? left : { ...left, wires: left.wires.filter((wire) => !keys.has(wireKey(wire))) };
    });
    useView.getState().select(flow, {});
  };
  return (
    <>
      <div className="settings-head">
        <h2>
          {[nodes.length > 0 && name, wires.length > 0 && t("settings.many.wires", { count: wires.length })].filter(Boolean).join(", ")}
        </h2>
      </div>
      <ul className="settings-names">
        {nodes.map((id) => (
          <li key={id}>
            <button type="button" className="settings-link" onClick={() => useView.getState().select(flow, { nodes: [id] })}>
              {id}
            </button>
          </li>
        ))}
      </ul>
      {!readonly && (
        <div className="settings-buttons">
          {nodes.length > 0 && (
            <>
              <Button icon="disable" onClick={() => edit(t("settings.edit.disabled", { name }), (doc) => disableNodes(doc, nodes, true))}>
                {t("settings.many.disable")}
              </Button>
              <Button icon="play" onClick={() => edit(t("settings.edit.enabled", { name }), (doc) => disableNodes(doc, nodes, false))}>
                {t("settings.many.enable")}
              </Button>
            </>
          )}
          <Button look="danger" icon="bin" onClick={remove}>
            {t("settings.many.delete")}
          </Button>
        </div>
      )}
    </>
  );
}
