/** What things on the canvas are called by those who do not see it, and how values are written where room is short. */
import type { NodeLive, WireLive } from "../api/types";
import type { WireSpec } from "../model/flow";
import { typeName } from "../model/typeName";
import { number, t } from "../text";
import { spoken } from "../text/spoken";
import type { BoxData, Words } from "./drawing";

const ROOM = 22;

/** A value in few characters, with its unit. */
export function valueText({ value, kind }: Pick<WireLive, "value" | "kind">, unit = ""): string {
  if (kind === "number" && typeof value === "number") return unit ? `${number(value)} ${unitText(unit)}` : number(value);
  if (kind === "boolean") return t(value ? "canvas.value.true" : "canvas.value.false");
  if (kind === "null") return t("canvas.value.null");
  if (kind === "list" && Array.isArray(value)) return t("canvas.value.list", { count: value.length });
  const text = kind === "object" && typeof value === "object" && value !== null ? objectText(value) : asText(value);
  return text.length > ROOM ? `${text.slice(0, ROOM - 1)}…` : text;
}

/** `setpoint 180, mode auto` reads better than brackets and quotes, most of which would be cut off. */
function objectText(value: object): string {
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${typeof inner === "number" ? number(inner) : asText(inner)}`)
    .join(", ");
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function unitText(unit: string): string {
  return unit === "degC" ? "°C" : unit === "degF" ? "°F" : unit;
}

/** Whether a node has sent or received anything worth showing. */
export function hasValue(live: NodeLive | undefined): live is NodeLive {
  return live !== undefined && live.time > 0;
}

export type Level = NodeLive["level"] | "unknown" | "new" | "disabled";

/** How a node is: what it says itself, unless nobody can know. */
export function levelOf({ spec, mark }: Pick<BoxData, "spec" | "mark">, live: NodeLive | undefined, stale: boolean): Level {
  if (spec.disabled) return "disabled";
  if (live === undefined) return mark === "added" ? "new" : "off";
  if (stale) return "unknown";
  // A node that has never said how it is runs like the others.
  const level = live.level === "off" && live.text === "" ? "ok" : live.level;
  return level === "ok" && live.rate > 0 ? "busy" : level;
}

/** "Modbus read temperature, source, running, 24.1 degC, 1 output connected to plausible". */
export function nodeWords(id: string, data: BoxData, level: Level, live: NodeLive | undefined): string {
  const { spec, kind, followers, outputs, feeders, problem, mark } = data;
  const parts = [`${typeName(spec.type)} ${id}`, t(`canvas.kind.${kind}`), t(`canvas.level.${level}`)];
  if (live?.text) parts.push(spoken(live.text));
  if (hasValue(live)) {
    const plain = live.kind === "number" && typeof live.value === "number" ? number(live.value) + (live.unit && ` ${live.unit}`) : valueText(live);
    parts.push(live.quality === "good" ? plain : `${plain} (${t(`canvas.quality.${live.quality}`)})`);
  }
  if (mark !== "") parts.push(t(`canvas.${mark}`));
  if (problem) parts.push(t("canvas.problems", { count: problem.count, text: spoken(problem.text) }));
  if (outputs > 0) parts.push(t("canvas.connected", { count: outputs, names: followers }));
  else if (feeders) parts.push(t("canvas.fed-by", { names: feeders }));
  else parts.push(t("canvas.unconnected"));
  return parts.join(", ");
}

function wireWords(from: string, to: string, wire: WireSpec): string {
  const parts = [t("canvas.wire", { from, to })];
  if (wire.feedback) parts.push(t("canvas.wire.feedback", { initial: JSON.stringify(wire.feedback.initial) }));
  if (wire.queue) parts.push(queueWords(wire.queue));
  if (wire.disabled) parts.push(t("canvas.wire.disabled"));
  return parts.join(", ");
}

function queueWords({ size = 1000, full = "block" }: NonNullable<WireSpec["queue"]>): string {
  return t("canvas.wire.queue", { size, full: t(`canvas.queue.${full}`) });
}

/** The words that the drawing is made with; one object for a language, since a new one draws everything again. */
export function drawingWords(): Words {
  return {
    wire: wireWords,
    lead: (port, node) => t("canvas.wire.door", { port, node }),
    role: {
      node: t("canvas.role.node"),
      wire: t("canvas.role.wire"),
      group: t("canvas.role.group"),
      note: t("canvas.role.note"),
      door: t("canvas.role.door"),
    },
  };
}

/** Messages a second, in as few characters as say enough. */
export function rateText(rate: number): string {
  const rounded = rate >= 10 ? Math.round(rate) : Math.round(rate * 10) / 10;
  return t("canvas.per-second", { rate: rounded >= 10_000 ? `${Math.round(rounded / 1000)}k` : number(rounded, 3) });
}
