import { type ReactNode, useMemo } from "react";
import { doorKey } from "../../model/edit";
import { end, ERROR_PORT } from "../../model/flow";
import type { PortEnd } from "../../model/judge";
import { spots } from "../../model/layout";
import { portsOf as portsIn } from "../../model/ports";
import { wireKey } from "../../model/wires";
import { useProject } from "../../store/project";
import { t, useText } from "../../text";
import { judgeOf } from "./connecting";
import { unwire, wire } from "../deeds/wires";
import { knowledgeOf } from "../knowledge";
import { type Choice, Picker } from "../popups/Picker";
import { close, type Popup } from "../popups/popups";

interface Option extends Choice {
  from: PortEnd;
  to: PortEnd;
}

/** Wire a node by keyboard: all ports that fit, the nearest first. */
export function ConnectPicker({ popup: { flow, node, screen } }: { popup: Extract<Popup, { kind: "connect" }> }): ReactNode {
  useText();
  const options = useMemo(() => optionsFor(flow, node), [flow, node]);
  const choose = (key: string): void => {
    const option = options.find((one) => one.key === key);
    close();
    if (option !== undefined) wire(flow, option.from, option.to);
  };
  return (
    <Picker
      title={t("canvas.connect.title", { node })}
      placeholder={t("canvas.connect.search")}
      none={t("canvas.connect.none")}
      screen={screen}
      choices={(words) => filtered(options, words)}
      onChoose={choose}
      onClose={close}
    />
  );
}

export function DisconnectPicker({ popup: { flow, node, screen } }: { popup: Extract<Popup, { kind: "disconnect" }> }): ReactNode {
  useText();
  const wires = useProject.getState().flows[flow]?.wires ?? [];
  const mine = wires.filter(({ from, to }) => end(from).node === node || end(to).node === node);
  const choices = mine.map((one): Choice => ({ key: wireKey(one), label: end(one.from).node === node ? one.to : one.from, detail: `${one.from} → ${one.to}` }));
  return (
    <Picker
      title={t("canvas.disconnect.title", { node })}
      placeholder={t("canvas.connect.search")}
      none={t("canvas.disconnect.none", { node })}
      screen={screen}
      choices={(words) => filtered(choices, words)}
      onChoose={(key) => {
        close();
        unwire(flow, key);
      }}
      onClose={close}
    />
  );
}

const MOST = 100;

function filtered<T extends Choice>(all: readonly T[], words: string): T[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ label, detail = "" }) => wanted.every((word) => `${label} ${detail}`.toLowerCase().includes(word))).slice(0, MOST);
}

/** From each output of the node to each input that takes it, and from other outputs to its inputs; errors last. */
function optionsFor(flow: string, node: string): Option[] {
  const doc = useProject.getState().flows[flow];
  if (doc === undefined) return [];
  const known = knowledgeOf(flow);
  const places = spots(doc);
  const here = places.get(node) ?? [0, 0];
  const distance = (id: string): number => {
    const [x, y] = places.get(id) ?? here;
    return Math.hypot(x - here[0], y - here[1]);
  };
  const others = Object.keys(doc.nodes).sort((a, b) => distance(a) - distance(b));
  const own = portsIn(doc, node, known);
  const found: Option[] = [];
  const offer = (from: PortEnd, to: PortEnd): void => {
    const name = ({ node: id, port }: PortEnd, all: number): string => (all > 1 || port === ERROR_PORT ? `${id}.${port}` : id);
    const ports = portsIn(doc, to.node, known);
    const label = name(to, to.side === "input" ? ports.inputs.length : ports.outputs.length);
    const mine = name(from, from.side === "output" ? own.outputs.length : own.inputs.length);
    const detail = from.side === "output" ? `${mine} → ${label}` : `${label} → ${mine}`;
    found.push({ key: `${from.side} ${from.port} ${to.node} ${to.port}`, label, detail, from, to });
  };
  const outputs = [...own.outputs.map(({ name }) => name), ...(own.error ? [ERROR_PORT] : [])];
  for (const port of outputs) {
    const from: PortEnd = { node, port, side: "output" };
    const judge = judgeOf(flow, doc, from);
    for (const id of others)
      for (const { name } of portsIn(doc, id, known).inputs) {
        const verdict = judge({ node: id, port: name, side: "input" });
        if (verdict === null || verdict.why === "loop") offer(from, { node: id, port: name, side: "input" });
      }
    for (const name of Object.keys(doc.subflow?.outputs ?? {})) {
      const to: PortEnd = { node: doorKey("outputs", name), port: name, side: "input" };
      if (judge(to) === null) found.push({ key: `door ${port} ${name}`, label: name, detail: t("canvas.door.output", { port: name }), icon: "subflow", from, to });
    }
  }
  for (const { name: port } of own.inputs) {
    const from: PortEnd = { node, port, side: "input" };
    const judge = judgeOf(flow, doc, from);
    for (const id of others)
      for (const { name } of portsIn(doc, id, known).outputs)
        if (judge({ node: id, port: name, side: "output" }) === null) offer(from, { node: id, port: name, side: "output" });
    for (const name of Object.keys(doc.subflow?.inputs ?? {})) {
      const to: PortEnd = { node: doorKey("inputs", name), port: name, side: "output" };
      if (judge(to) === null) found.push({ key: `door ${port} ${name}`, label: name, detail: t("canvas.door.input", { port: name }), icon: "subflow", from, to });
    }
  }
  return found;
}
