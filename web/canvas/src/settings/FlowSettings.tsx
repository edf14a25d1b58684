import { type ReactNode, useMemo } from "react";
import type { Options, Schema } from "../forms/schema";
import { toldBelow } from "../forms/told";
import { doorKey, renameDoor, setInterface, type Side } from "../model/edit";
import type { FlowDoc, Interface, Limits } from "../model/flow";
import { same } from "../model/same";
import { useChecks } from "../store/checks";
import { useProject } from "../store/project";
import { t as text, useText } from "../text";
import { Icon } from "../ui/Icon";
import { ConnectionList } from "./ConnectionList";
import { OptionsLoader } from "./OptionsLoader";
import { useFormPlace } from "./useFormPlace";

const KEYS = ["disabled", "note", "delivery", "limits", "outgoing", "environment", "subflow"] as const;
const DELIVERY = ["at-least-once", "effectively-once", "at-most-once"] as const;
const PART = new Set<string>(KEYS);

/** What can be set of the flow itself. */
export function FlowSettings({ flow, doc, readonly }: { flow: string; doc: FlowDoc; readonly: boolean }): ReactNode {
  const t = useText();
  const check = useChecks((state) => state.checks[flow]);
  const told = useMemo(() => toldBelow(check?.problems ?? [], []).filter(({ path }) => PART.has(String(path[0]))), [check]);
  const place = useFormPlace(flow);
  const schema = useMemo(() => flowFormSchema(), [t("form.language")]); // oxlint-disable-line react-hooks/exhaustive-deps
  const options: Options = {};
  for (const key of KEYS) if (doc[key] !== undefined) options[key] = doc[key];
  return (
    <>
      <div className="settings-head">
        <Icon name={doc.subflow === undefined ? "layout" : "subflow"} />
        <h2>{t("settings.flow", { name: flow })}</h2>
      </div>
      <OptionsLoader
        schema={schema}
        options={options}
        place={{ ...place, refers: false }}
        told={told}
        readonly={readonly}
        onChange={(next, mark) => useProject.getState().edit(text("settings.edit.flow", { name: flow }), flow, (now) => withProperties(now, next), mark)}
      />
      <ConnectionList flow={flow} readonly={readonly} />
    </>
  );
}

/** Put the properties of a form into a flow; doors that were renamed keep their places on the canvas. */
function withProperties(doc: FlowDoc, { disabled, note, delivery, limits, outgoing, environment, subflow }: Options): FlowDoc {
  const inner = isRecord(subflow) ? (subflow as Interface) : undefined;
  let next = doc;
  for (const side of ["inputs", "outputs"] as const) next = doorsFollow(next, side, inner?.[side]);
  next = setInterface(next, inner);
  const plain = {
    disabled: disabled === true ? true : undefined,
    note: typeof note === "string" && note !== "" ? note : undefined,
    delivery: DELIVERY.find((one) => one === delivery),
    limits: isRecord(limits) && Object.values(limits).some((one) => one !== null) ? stated(limits) : undefined,
    outgoing: Array.isArray(outgoing) ? (outgoing as string[]) : undefined,
    environment: isRecord(environment) && Object.keys(environment).length > 0 ? (environment as Record<string, string>) : undefined,
  };
  const changed: FlowDoc = { ...next, ...plain };
  for (const key of Object.keys(plain) as (keyof typeof plain)[]) if (changed[key] === undefined) delete changed[key];
  return same(changed, doc) ? doc : changed;
}

function doorsFollow(doc: FlowDoc, side: Side, wanted: Record<string, string[]> | undefined): FlowDoc {
  const now = doc.subflow?.[side] ?? {};
  const gone = Object.keys(now).filter((name) => !Object.hasOwn(wanted ?? {}, name));
  const come = Object.keys(wanted ?? {}).filter((name) => !Object.hasOwn(now, name));
  if (gone.length === 1 && come.length === 1) return renameDoor(doc, side, gone[0]!, come[0]!);
  if (gone.length === 0 || doc.layout === undefined) return doc;
  const places = Object.entries(doc.layout).filter(([key]) => !gone.some((name) => key === doorKey(side, name)));
  return { ...doc, layout: Object.fromEntries(places) };
}

/** Limits that say something; an empty field is the engine's to say. */
function stated(limits: Record<string, unknown>): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, one]) => one !== null)) as Limits;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function limit(name: "memory" | "cpu" | "hang", unit: string, value: Schema): Schema {
  return {
    title: text(`settings.limits.${name}`),
    description: text(`settings.limits.${name}.about`),
    anyOf: [unit === "" ? value : { ...value, "x-unit": unit }, { type: "null" }],
    default: null,
  };
}

function flowFormSchema(): Schema {
  const ports = (title: string, description: string): Schema => ({
    title,
    description,
    type: "object",
    additionalProperties: { type: "array", items: { type: "string", minLength: 1 } },
    default: {},
  });
  return {
    type: "object",
    properties: {
      disabled: { type: "boolean", title: text("settings.disabled"), description: text("settings.disabled.flow"), default: false },
      note: { type: "string", title: text("settings.note"), description: text("settings.note.about"), "x-widget": "text", default: "" },
      delivery: {
        title: text("settings.delivery"),
        description: text("settings.delivery.about"),
        anyOf: [...DELIVERY.map((one) => ({ const: one, title: text(`settings.delivery.${one}`) })), { const: null, title: text("settings.delivery.none") }],
        default: null,
      },
      limits: {
        title: text("settings.limits"),
        description: text("settings.limits.about"),
        type: "object",
        properties: {
          memory: limit("memory", "MB", { type: "integer", minimum: 0, maximum: 1_000_000 }),
          cpu: limit("cpu", "", { type: "number", minimum: 0, maximum: 1000 }),
          hang: limit("hang", "s", { type: "number", minimum: 0.5, maximum: 3600 }),
        },
        default: {},
      },
      outgoing: {
        title: text("settings.outgoing"),
        description: text("settings.outgoing.about"),
        anyOf: [{ type: "array", title: text("settings.outgoing"), items: { type: "string", minLength: 1, maxLength: 300 }, maxItems: 1000 }, { type: "null" }],
        default: null,
      },
      environment: {
        title: text("settings.environment"),
        description: text("settings.environment.about"),
        type: "object",
        additionalProperties: { type: "string" },
        default: {},
      },
      subflow: {
        title: text("settings.subflow"),
        anyOf: [
          {
            title: text("settings.subflow"),
            type: "object",
            properties: {
              parameters: {
                title: text("settings.parameters"),
                description: text("settings.parameters.about"),
                type: "object",
                additionalProperties: { type: "object", default: { type: "number" } },
                default: {},
              },
              inputs: ports(text("settings.inputs"), text("settings.inputs.about")),
              outputs: ports(text("settings.outputs"), text("settings.outputs.about")),
            },
          },
          { type: "null" },
        ],
        default: null,
      },
    },
  };
}
