import type { ReactNode } from "react";
import type { Model, ModelUse } from "../api/types";
import { useMay } from "../store/session";
import { moment, number, useText } from "../text";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { jump } from "./jump";
import { promote } from "./promote";
import { SaveVersion } from "./SaveVersion";

/** One version: what it is, and a row for each node that uses it. */
export function ModelRows({ model }: { model: Model }): ReactNode {
  const t = useText();
  const { uses, sha256, state } = model;
  const name = state === "learned" ? t("models.learned") : `${model.name || model.file} ${model.version}`.trim();
  const head = (
    <>
      <th scope="row" rowSpan={uses.length || 1}>
        {name}
        {state === "there" && (
          <small>
            {model.kind.toUpperCase()} · {moment(model.changed)}
          </small>
        )}
        {state === "learned" && <small>{t("models.no-file")}</small>}
        {state === "missing" && (
          <small className="parts-state parts-past">
            <Icon name="error" size={16} />
            {t("models.missing")}
          </small>
        )}
      </th>
      <td rowSpan={uses.length || 1} data-label="SHA-256">
        {sha256 === "" ? "–" : <code title={sha256}>{sha256.slice(0, 12)}</code>}
      </td>
    </>
  );
  return (
    <tbody>
      {uses.length === 0 && (
        <tr>
          {head}
          <td colSpan={6}>{t("models.unused")}</td>
        </tr>
      )}
      {uses.map((use, at) => (
        <tr key={`${use.flow}/${use.node}/${use.role}`}>
          {at === 0 && head}
          <UseCells use={use} name={model.name} />
        </tr>
      ))}
    </tbody>
  );
}

function UseCells({ use, name }: { use: ModelUse; name: string }): ReactNode {
  const t = useText();
  const { flow, node, role, count, mae, bias, coverage, difference } = use;
  const edits = useMay("editor", flow);
  const shadow = role === "challenger";
  const shown = (value: number | null): string => (value === null ? "–" : number(value, 3));
  return (
    <>
      <td>
        <Button look="quiet" onClick={() => jump(flow, node)}>
          {flow} / {node}
        </Button>
        <small>
          {t(shadow ? "models.challenger" : "models.model")} · {use.type}
        </small>
        {use.learns && edits && <SaveVersion use={use} of={name} />}
        {shadow && edits && !node.includes("/") && (
          <Button icon="up" onClick={() => void promote(flow, node)}>
            {t("models.promote")}
          </Button>
        )}
      </td>
      <td className="parts-number" data-label={t("models.count")}>
        {count ?? "–"}
      </td>
      <td className="parts-number" data-label={t("models.error")}>
        {shown(mae)}
      </td>
      <td className="parts-number" data-label={t("models.bias")}>
        {shown(bias)}
      </td>
      <td className="parts-number" data-label={t("models.coverage")}>
        {coverage === null ? "–" : `${number(coverage * 100, 3)}\u00a0%`}
      </td>
      <td className="parts-number" data-label={t("models.difference")}>
        {shadow ? shown(difference) : ""}
      </td>
    </>
  );
}
