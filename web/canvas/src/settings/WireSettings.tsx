import { type ReactNode, useMemo } from "react";
import type { Options, Schema } from "../forms/schema";
import { toldBelow } from "../forms/told";
import type { FlowDoc, WireSpec } from "../model/flow";
import { wireKey } from "../model/wires";
import { useChecks } from "../store/checks";
import { useProject } from "../store/project";
import { t as text, useText } from "../text";
import { Icon } from "../ui/Icon";
import { OptionsLoader } from "./OptionsLoader";
import { useFormPlace } from "./useFormPlace";

/** What can be set of a wire. */
export function WireSettings({ flow, doc, wire, readonly }: { flow: string; doc: FlowDoc; wire: WireSpec; readonly: boolean }): ReactNode {
  const t = useText();
  const check = useChecks((state) => state.checks[flow]);
  const key = wireKey(wire);
  const at = doc.wires.indexOf(wire);
  const told = useMemo(() => toldBelow(check?.problems ?? [], ["wires", at]), [check, at]);
  const place = useFormPlace(flow);
  const schema = useMemo(() => wireSchema(), [t("form.language")]); // oxlint-disable-line react-hooks/exhaustive-deps
  const { from, to, ...options } = wire;
  return (
    <>
      <div className="settings-head">
        <Icon name="link" />
        <div>
          <h2>{t("settings.wire")}</h2>
          <p>
            <code>{from}</code> → <code>{to}</code>
          </p>
        </div>
      </div>
      <OptionsLoader
        schema={schema}
        options={options as Options}
        place={{ ...place, refers: false }}
        told={told}
        readonly={readonly}
        onChange={(next, mark) => {
          const changed = (now: FlowDoc): FlowDoc => ({ ...now, wires: now.wires.map((one) => (wireKey(one) === key ? withOptions(one, next) : one)) });
          useProject.getState().edit(text("settings.edit.wire", { name: key }), flow, changed, mark);
        }}
      />
    </>
  );
}

function withOptions({ from, to }: WireSpec, { feedback, queue, disabled }: Options): WireSpec {
  return {
    from,
    to,
    ...(isObject(feedback) && { feedback: { initial: null, ...feedback } }),
    ...(isObject(queue) && Object.keys(queue).length > 0 && { queue }),
    ...(disabled === true && { disabled }),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function wireSchema(): Schema {
  const policies = (...names: ("block" | "drop-oldest" | "drop-newest" | "spill" | "dead-letter")[]): Schema[] =>
    names.map((policy) => ({ const: policy, title: text(`settings.wire.full.${policy}`) }));
  const spills = { "x-when": { full: ["spill"] } };
  return {
    type: "object",
    properties: {
      disabled: { type: "boolean", title: text("settings.disabled"), description: text("settings.disabled.wire"), default: false },
      feedback: {
        title: text("settings.wire.feedback"),
        description: text("settings.wire.feedback.about"),
        anyOf: [
          {
            title: text("settings.wire.feedback"),
            type: "object",
            properties: { initial: { title: text("settings.wire.initial"), description: text("settings.wire.initial.about") } },
            required: ["initial"],
            default: { initial: null },
          },
          { type: "null" },
        ],
        default: null,
      },
      queue: {
        type: "object",
        title: text("settings.wire.queue"),
        properties: {
          size: { type: "integer", minimum: 1, default: 1000, title: text("settings.wire.size"), description: text("settings.wire.size.about") },
          full: { title: text("settings.wire.full"), anyOf: policies("block", "drop-oldest", "drop-newest", "spill"), default: "block" },
          spill_size: { type: "integer", minimum: 1, default: 1_000_000, title: text("settings.wire.spill-size"), description: text("settings.wire.spill-size.about"), ...spills },
          spill_full: { title: text("settings.wire.spill-full"), anyOf: policies("block", "drop-oldest", "drop-newest", "dead-letter"), default: "block", ...spills },
          max_age: {
            title: text("settings.wire.max-age"),
            description: text("settings.wire.max-age.about"),
            anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
            default: null,
            "x-unit": "s",
          },
        },
      },
    },
  };
}
