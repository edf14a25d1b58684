import { lazy, type ReactNode, Suspense } from "react";
import type { NodeType, Port } from "../api/types";
import { choices, filled, kind, label, nullable, type Schema, schemaOf, shown } from "../forms/schema";
import { portsOf } from "../model/ports";
import { useChecks } from "../store/checks";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { NOTHING, useView } from "../store/view";
import { type Key, useText } from "../text";
import { Icon } from "../ui/Icon";
import "../forms/forms.css";
import "./settings.css";

const Help = lazy(() => import("./Help"));

/** Help and facts of the type of node that is selected. */
export default function Info(): ReactNode {
  const t = useText();
  const flow = useProject((state) => state.active);
  const doc = useProject((state) => (state.active === null ? undefined : state.flows[state.active]));
  const selection = useView((state) => (flow === null ? NOTHING : (state.selections[flow] ?? NOTHING)));
  const types = usePalette((state) => state.types);
  const checked = useChecks((state) => (flow === null ? undefined : state.checks[flow]?.ports));
  const node = selection.nodes[0];
  const type = node === undefined ? undefined : types[doc?.nodes[node]?.type ?? ""];
  if (flow === null || doc === undefined || node === undefined || type === undefined) return <p className="settings-none">{t("info.none")}</p>;
  const users = Object.keys(doc.nodes).filter((id) => doc.nodes[id]?.type === type.type);
  const ports = portsOf(doc, node, { types, ports: checked ?? {} });
  return (
    <div className="settings info">
      <div className="settings-head">
        <Icon name={type.type.startsWith("flow/") ? "subflow" : type.kind} />
        <div>
          <h2>{type.title}</h2>
          <code>{type.type}</code> <small>{t(`info.kind.${type.kind}`)}</small>
          {type.ot && <small className="info-ot">{t("info.ot")}</small>}
        </div>
      </div>
      <Suspense fallback={<p className="form-about">{t("form.loading")}</p>}>
        <div lang={type.package === "flowengine" ? "en" : undefined}>
          <Help text={body(type)} />
        </div>
      </Suspense>
      <PortList title="info.inputs" ports={ports.inputs} />
      <PortList title="info.outputs" ports={ports.error ? [...ports.outputs, { name: "error", payload: "any", description: t("info.error-port") }] : ports.outputs} />
      <OptionTable schema={schemaOf(type.schema)} />
      <p className="form-about">
        {t("info.package", { package: type.package, version: type.version })}
        {type.local && ` (${t("info.package.local")})`}
      </p>
      <h3>{t("info.used", { count: users.length })}</h3>
      <ul className="settings-names">
        {users.map((id) => (
          <li key={id}>
            <button
              type="button"
              className="settings-link"
              aria-label={t("info.jump", { node: id })}
              onClick={() => {
                useView.getState().select(flow, { nodes: [id] });
                useView.getState().find(flow, id);
              }}
            >
              {id}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The help without its first sentence, which is the title. */
function body({ help, title }: NodeType): string {
  const [first = "", ...rest] = help.split("\n\n");
  return first.replaceAll(/\s+/g, " ").replace(/\.$/, "") === title ? rest.join("\n\n") : help;
}

function PortList({ title, ports }: { title: Key; ports: readonly Port[] }): ReactNode {
  const t = useText();
  if (ports.length === 0) return null;
  return (
    <>
      <h3>{t(title)}</h3>
      <dl className="info-list">
        {ports.map(({ name, payload, description }) => (
          <div key={name}>
            <dt>
              <code>{name}</code> <small>{payload}</small>
            </dt>
            {description && <dd>{description}</dd>}
          </div>
        ))}
      </dl>
    </>
  );
}

function OptionTable({ schema }: { schema: Schema | undefined }): ReactNode {
  const t = useText();
  const options = Object.entries(schema?.properties ?? {});
  if (options.length === 0) return null;
  return (
    <>
      <h3>{t("info.options")}</h3>
      <dl className="info-list">
        {options.map(([name, inner]) => (
          <div key={name}>
            <dt>
              <span title={label(name, inner)}>
                <code>{name}</code>
              </span>{" "}
              <small>{typeText(inner, t("form.empty"))}</small>
              {schema?.required?.includes(name) && <small>, {t("info.required")}</small>}
            </dt>
            <dd>
              {inner.description}
              {inner.default !== undefined && inner.default !== null && inner.default !== "" && (
                <small>
                  {" "}
                  ({t("info.default")}: <code>{shown(inner.default)}</code>)
                </small>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function typeText(schema: Schema, empty: string): string {
  const inner = filled(schema);
  const unit = inner["x-unit"] === undefined ? "" : `, ${inner["x-unit"]}`;
  const what = kind(inner) === "choice" ? choices(inner).map(({ title }) => title).slice(0, 8).join(" | ") : (inner["x-connection"] ?? String(inner.type ?? "JSON"));
  return `${what}${unit}${nullable(schema) ? ` | ${empty}` : ""}`;
}
