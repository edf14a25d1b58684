import { type ReactNode, useMemo } from "react";
import { end, SUBFLOW } from "../../model/flow";
import { fits, inputNamed, outputNamed, portsOf } from "../../model/ports";
import { typeName } from "../../model/typeName";
import { wireKey } from "../../model/wires";
import { findTypes, iconOf, lookOf } from "../../palette/find";
import { useProject } from "../../store/project";
import { useText } from "../../text";
import type { NodeType } from "../../api/types";
import { addType } from "../deeds/add";
import { knowledgeOf, useTypes } from "../knowledge";
import { Picker } from "./Picker";
import { close, type Popup } from "./popups";

/** Choose a node to add; where a wire waits for it, only what fits is offered. */
export function AddPicker({ popup }: { popup: Extract<Popup, { kind: "add" }> }): ReactNode {
  const t = useText();
  const types = useTypes();
  const all = useMemo(
    () => Object.values(types).filter((type) => type.kind !== "connection" && type.type !== SUBFLOW + popup.flow && suits(type, popup)),
    [types, popup],
  );
  const choices = (words: string) =>
    findTypes(all, words)
      .slice(0, 60)
      .map((type) => ({ key: type.type, label: typeName(type.type), detail: type.title, icon: iconOf(type), look: lookOf(type) }));
  const choose = (type: string): void => {
    close(true);
    addType(popup.flow, type, { at: popup.at, from: popup.from, wire: popup.wire });
  };
  return (
    <Picker title={t("canvas.add.title")} placeholder={t("canvas.add.search")} none={t("canvas.add.none")} screen={popup.screen} choices={choices} onChoose={choose} onClose={close} />
  );
}

/** Whether a type has a port for the wire that waits. */
function suits(type: NodeType, { flow, from, wire }: Extract<Popup, { kind: "add" }>): boolean {
  const doc = useProject.getState().flows[flow];
  if (doc === undefined) return false;
  const known = knowledgeOf(flow);
  if (from !== undefined) {
    const ports = portsOf(doc, from.node, known);
    if (from.side === "output") {
      const out = outputNamed(ports, from.port);
      return type.inputs.some((port) => out === undefined || fits(out, port));
    }
    const port = inputNamed(ports, from.port);
    return type.outputs.some((out) => port === undefined || fits(out, port));
  }
  if (wire === undefined) return true;
  const found = doc.wires.find((one) => wireKey(one) === wire);
  if (found === undefined) return false;
  const out = outputNamed(portsOf(doc, end(found.from).node, known), end(found.from).port);
  const port = inputNamed(portsOf(doc, end(found.to).node, known), end(found.to).port);
  return type.inputs.some((one) => !out || fits(out, one)) && type.outputs.some((one) => !port || fits(one, port));
}
