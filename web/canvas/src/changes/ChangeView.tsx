import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError, get } from "../api/client";
import type { ChangeDetail, Changes, FlowTest } from "../api/types";
import { DiffView } from "../deploy/DiffView";
import { ReachList } from "../deploy/ReachList";
import { CONNECTIONS } from "../shell/loading";
import { said } from "../api/said";
import { moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Icon } from "../ui/Icon";
import { useNewest } from "../ui/newest";
import { Decide } from "./Decide";
import { Simulation } from "./Simulation";
import "../deploy/deploy.css";

interface Props {
  id: number;
  /** Something has happened to some change when this is another. */
  changed: Changes;
  onDone(): void;
}

/** All that somebody should know of a change before he says yes. */
export function ChangeView({ id, changed, onDone }: Props): ReactNode {
  const t = useText();
  const [detail, setDetail] = useState<ChangeDetail | null>(null);
  const [words, setWords] = useState("");
  const newest = useNewest();
  const look = useCallback(
    () =>
      newest(get<ChangeDetail>(`/api/changes/${id}`), setDetail).catch((error: unknown) =>
        setWords(error instanceof ApiError ? said(error) : String(error)),
      ),
    [id, newest],
  );
  useEffect(() => void look(), [look, changed]);
  if (detail === null) return <p className="deploy-quiet">{words === "" ? t("shell.loading") : words}</p>;
  const { change } = detail;
  return (
    <article className="changes-one" aria-label={t("changes.number", { id })}>
      <h3>{t("changes.number", { id })}</h3>
      {change.message !== "" && <p className="changes-message">{change.message}</p>}
      <p className="deploy-quiet">
        {t("changes.by", { name: change.author, time: moment(change.at) })} · {t(`changes.is-${change.state}`)}
        {change.closer !== "" && ` · ${change.closer}`}
        {change.commit !== "" && ` · ${change.commit.slice(0, 8)}`}
      </p>
      {change.reason !== "" && <p className="changes-message">{change.reason}</p>}
      <Yeses detail={detail} />
      <ReachList reaches={detail.reaches} limits={detail.limits} />
      {detail.unknown.length > 0 && <p className="form-error">{t("changes.unknown", { flows: detail.unknown.join(", ") })}</p>}
      <Tests tests={detail.tests ?? null} />
      <Simulation detail={detail} onDone={() => void look()} />
      {detail.diffs.map((diff) => (
        <section key={diff.name} className="deploy-flow" aria-label={diff.name}>
          <h3>{diff.name === CONNECTIONS ? t("shell.shared-connections") : diff.name}</h3>
          <DiffView diff={diff} />
        </section>
      ))}
      {detail.files
        .filter(({ lines }) => lines.length > 0)
        .map(({ name, lines }) => (
          <section key={name} className="deploy-flow" aria-label={name}>
            <h3>{name}</h3>
            <pre className="changes-lines" tabIndex={0}>
              {lines.map((line, at) => (
                <span key={at} className={line.startsWith("+") ? "changes-plus" : line.startsWith("-") ? "changes-minus" : ""}>
                  {line}
                  {"\n"}
                </span>
              ))}
            </pre>
          </section>
        ))}
      <Decide detail={detail} onDone={onDone} />
    </article>
  );
}

/** Whose yes is there, whose is missing, and why one that was given does not count. */
function Yeses({ detail: { change, yeses } }: { detail: ChangeDetail }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  return (
    <ul className="changes-yeses" aria-label={t("changes.yeses")}>
      {yeses.map(({ side, who, at, why_not }) => (
        <li key={`${side} ${who} ${at}`} className={why_not === "" ? "changes-good" : "changes-void"}>
          <Icon name={why_not === "" ? "check" : "close"} />
          <span>
            {t("changes.yes-of", { side: side.toUpperCase(), name: who, time: moment(at) })}
            {why_not !== "" && <small>{t("changes.does-not-count", { reason: spoken(why_not) })}</small>}
          </span>
        </li>
      ))}
      {(change.state === "open" || change.state === "glass") &&
        change.missing.map((side) => (
          <li key={side} className="changes-missing">
            <Icon name="users" />
            {t("changes.missing", { side: side.toUpperCase() })}
          </li>
        ))}
    </ul>
  );
}

function Tests({ tests }: { tests: readonly FlowTest[] | null }): ReactNode {
  const t = useText();
  if (tests === null) return <p className="deploy-quiet">{t("changes.no-tests-run")}</p>;
  if (tests.length === 0) return <p className="deploy-quiet">{t("changes.no-tests")}</p>;
  return (
    <section className="deploy-block" aria-label={t("changes.tests")}>
      <h3>{t("changes.tests")}</h3>
      <ul>
        {tests.map(({ file, passed, failed, problems }) => {
          const good = failed.length === 0 && problems.length === 0;
          return (
            <li key={file} className={good ? "changes-good" : "changes-void"}>
              <Icon name={good ? "check" : "error"} />
              <span>
                {t("changes.test-file", { file, passed, failed: failed.length })}
                {[...failed, ...problems].map((line) => (
                  <small key={line}>{line}</small>
                ))}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
