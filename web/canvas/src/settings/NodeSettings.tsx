import { lazy, type ReactNode, Suspense, useMemo, useState } from "react";
import type { Schema } from "../forms/schema";
import { shown } from "../forms/schema";
import { keysOf, toldBelow } from "../forms/told";
import { changeNode, setOptions } from "../model/edit";
import type { FlowDoc } from "../model/flow";
import { portsOf } from "../model/ports";
import { useChecks } from "../store/checks";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { t as text, useText } from "../text";
import { Icon } from "../ui/Icon";
import { IdField } from "./IdField";
import { OptionsLoader } from "./OptionsLoader";
import { PortsTable } from "./PortsTable";
import { type Failed, useFormPlace } from "./useFormPlace";
import { optionStep } from "./words";

const TryIt = lazy(() => import("./TryIt"));

interface Props {
  flow: string;
  doc: FlowDoc;
  id: string;
  readonly: boolean;
}

const NONE: Record<string, never> = {};

/** Everything that can be set of one node. */
export function NodeSettings({ flow, doc, id, readonly }: Props): ReactNode {
  const t = useText();
  const spec = doc.nodes[id]!;
  const types = usePalette((state) => state.types);
  const check = useChecks((state) => state.checks[flow]);
  const { edit } = useProject.getState();
  const [tried, setTried] = useState<Record<string, Failed>>(NONE);
  const type = types[spec.type];
  const told = useMemo(() => toldBelow(check?.problems ?? [], ["nodes", id, "options"]), [check, id]);
  const beside = useMemo(() => besideOptions(check?.problems ?? [], id), [check, id]);
  const place = useFormPlace(flow, told, tried);
  const common = useMemo(() => commonSchema(), [t("form.language")]); // oxlint-disable-line react-hooks/exhaustive-deps
  const ports = portsOf(doc, id, { types, ports: check?.ports ?? {} });
  return (
    <>
      <div className="settings-head">
        <Icon name={type === undefined ? "warning" : spec.type.startsWith("flow/") ? "subflow" : type.kind} />
        <div>
          <h2>{type?.title ?? spec.type}</h2>
          <code>{spec.type}</code>
        </div>
        <button type="button" className="settings-link" onClick={() => useView.getState().openDrawer("info")}>
          {t("settings.help")}
        </button>
      </div>
      {beside.map((line) => (
        <p className="form-error settings-beside" key={line}>
          <Icon name="error" size={14} />
          <span>{line}</span>
        </p>
      ))}
      <IdField flow={flow} doc={doc} id={id} readonly={readonly} />
      {type === undefined ? (
        <Unknown type={spec.type} options={spec.options ?? NONE} />
      ) : Object.keys((type.schema as Schema).properties ?? {}).length === 0 && Object.keys(spec.options ?? NONE).length === 0 ? (
        <p className="form-about">{t("settings.no-options")}</p>
      ) : (
        <OptionsLoader
          schema={type.schema as Schema}
          options={spec.options ?? NONE}
          place={place}
          told={told}
          readonly={readonly}
          onChange={(options, mark) => edit(optionStep(id, spec.options ?? NONE, options), flow, (now) => setOptions(now, id, options), mark)}
        />
      )}
      <section className="settings-part">
        <OptionsLoader
          schema={common}
          options={{ disabled: spec.disabled, note: spec.note }}
          place={{ ...place, refers: false }}
          told={[]}
          readonly={readonly}
          onChange={(next, mark) => {
            const disabled = next["disabled"] === true || undefined;
            const note = typeof next["note"] === "string" && next["note"] !== "" ? next["note"] : undefined;
            const key = disabled !== spec.disabled ? (disabled ? "settings.edit.disabled" : "settings.edit.enabled") : "settings.edit.note";
            edit(text(key, { name: id }), flow, (now) => changeNode(now, id, { disabled, note }), mark);
          }}
        />
      </section>
      {type?.kind === "transform" && !spec.type.startsWith("flow/") && !readonly && (
        <Suspense>
          <TryIt flow={flow} doc={doc} id={id} type={type} inputs={ports.inputs} onFailed={setTried} />
        </Suspense>
      )}
      <PortsTable ports={ports} />
    </>
  );
}

function commonSchema(): Schema {
  return {
    type: "object",
    properties: {
      disabled: { type: "boolean", title: text("settings.disabled"), description: text("settings.disabled.node"), default: false },
      note: { type: "string", title: text("settings.note"), description: text("settings.note.about"), "x-widget": "text", default: "" },
    },
  };
}

/** Problems of the node that are not about its options. */
function besideOptions(problems: readonly { path: string; message: string; severity: string }[], id: string): string[] {
  return problems.flatMap(({ path, message, severity }) => {
    const [nodes, node, part] = keysOf(path);
    return severity === "error" && nodes === "nodes" && node === id && part !== "options" ? [message] : [];
  });
}

function Unknown({ type, options }: { type: string; options: Record<string, unknown> }): ReactNode {
  const t = useText();
  return (
    <div className="settings-unknown">
      <p>{t("settings.unknown", { type })}</p>
      <dl>
        {Object.entries(options).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{shown(value)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
