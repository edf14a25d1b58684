import { type ReactNode, useEffect, useMemo, useRef } from "react";
import type { Change, FlowDiff } from "../api/types";
import { reference } from "../forms/reference";
import { useText } from "../text";
import { type DiffItem, itemsOf } from "./items";
import { diffLines } from "./lines";
import "./diff.css";

interface Props {
  diff: FlowDiff;
  /** The item that is being looked at. */
  at?: string;
  /** Given: items can be chosen. */
  onChoose?(item: DiffItem): void;
}

/** What differs between two contents of a flow, by names: nodes, their options old and new, wires; moved boxes folded. */
export function DiffView({ diff, at, onChoose }: Props): ReactNode {
  const t = useText();
  const items = useMemo(() => itemsOf(diff), [diff]);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  if (!diff.exists) return <p className="diff-whole diff-removed">{t("deploy.flow-removed")}</p>;
  return (
    <div className="diff">
      {!diff.existed && <p className="diff-whole diff-added">{t("deploy.flow-new", { count: diff.added.length })}</p>}
      <ul ref={list} className="diff-list">
        {items.map((item) => (
          <li key={item.key} className={`diff-item diff-${item.how}`} aria-current={item.key === at || undefined}>
            <Title item={item} onChoose={onChoose} />
            {item.changes.length > 0 && <Changes changes={item.changes} bare={item.kind === "property"} />}
          </li>
        ))}
      </ul>
      {diff.moved.length > 0 && (
        <details className="diff-moved">
          <summary>{t("deploy.moved", { count: diff.moved.length })}</summary>
          <p>{diff.moved.map((key) => key.replace(/^\$(group|note|input|output):/, "")).join(", ")}</p>
        </details>
      )}
      {items.length === 0 && diff.moved.length === 0 && <p className="diff-none">{t("deploy.no-difference")}</p>}
    </div>
  );
}

const SIGNS = { added: "+", removed: "−", changed: "~" } as const;

function Title({ item, onChoose }: { item: DiffItem; onChoose?: Props["onChoose"] }): ReactNode {
  const t = useText();
  const { kind, how, name, to } = item;
  const words = kind === "order" ? t("deploy.order") : to === undefined ? name : `${name} → ${to}`;
  const inner = (
    <>
      <span className="diff-sign" aria-hidden="true">
        {SIGNS[how]}
      </span>
      <strong className="diff-name">{words}</strong>{" "}
      <span className="diff-how">{kind === "order" ? "" : t(`deploy.${kind}-${how}`)}</span>
    </>
  );
  if (onChoose === undefined) return <div className="diff-title">{inner}</div>;
  return (
    <button type="button" className="diff-title" onClick={() => onChoose(item)}>
      {inner}
    </button>
  );
}

function Changes({ changes, bare }: { changes: readonly Change[]; bare: boolean }): ReactNode {
  return (
    <dl className="diff-changes">
      {changes.map((change) => (
        <div key={change.path} className="diff-change">
          {!bare && <dt>{change.path.replace(/^options\./, "")}</dt>}
          <dd>
            <OldAndNew change={change} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function OldAndNew({ change }: { change: Change }): ReactNode {
  const t = useText();
  const { was_set, is_set } = change;
  const { old, fresh, variable } = defaults(change);
  if (typeof old === "string" && typeof fresh === "string" && (old.includes("\n") || fresh.includes("\n"))) return <Code old={old} fresh={fresh} />;
  return (
    <span className="diff-values">
      {was_set ? <del>{shown(old)}</del> : <em>{t("deploy.usual")}</em>}
      <span aria-label={t("deploy.becomes")} role="img">
        →
      </span>
      {is_set ? <ins>{shown(fresh)}</ins> : <em>{t("deploy.usual")}</em>}
      {variable !== "" && <span className="diff-variable">{t("deploy.unless", { variable })}</span>}
    </span>
  );
}

/** Of a variable that stays the same only its default has changed: that is what is to be read. */
function defaults({ old, new: fresh }: Change): { old: unknown; fresh: unknown; variable: string } {
  const [before, after] = [reference(old), reference(fresh)];
  const same = before?.kind === "variable" && after?.kind === "variable" && before.name === after.name;
  if (!same || before.fallback === undefined || after.fallback === undefined) return { old, fresh, variable: "" };
  return { old: before.fallback, fresh: after.fallback, variable: after.name };
}

/** Text of several lines, such as code: line by line. */
function Code({ old, fresh }: { old: string; fresh: string }): ReactNode {
  const t = useText();
  return (
    <pre className="diff-code" tabIndex={0} aria-label={t("deploy.lines")}>
      {diffLines(old, fresh).map(({ kind, text }, index) => {
        const sign = { same: " ", old: "−", new: "+", gap: "⋯" }[kind];
        const line = `${sign} ${text}\n`;
        if (kind === "old") return <del key={index}>{line}</del>;
        if (kind === "new") return <ins key={index}>{line}</ins>;
        return <span key={index}>{line}</span>;
      })}
    </pre>
  );
}

function shown(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  return JSON.stringify(value, null, typeof value === "object" && value !== null && JSON.stringify(value).length > 60 ? 1 : undefined);
}
