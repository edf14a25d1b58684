import { lazy, type ReactNode, Suspense, useState } from "react";
import { post } from "../api/client";
import type { ChangeDetail, SimulationFigures, SimulationNote, SimulationOutput, SimulationResult } from "../api/types";
import { unitText } from "../dashboard/figure";
import type { ChartShown } from "../dashboard/trend";
import { DASHES } from "../dashboard/widgets/dashes";
import { said } from "../api/said";
import { moment, number, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import "../dashboard/widgets/chart.css";
import "./simulation.css";

const Plot = lazy(() => import("../dashboard/widgets/Plot").catch(() => ({ default: () => null })));

interface Props {
  detail: ChangeDetail;
  onDone(): void;
}

/** What both versions would have written on the last hours of recorded readings. */
export function Simulation({ detail: { change, simulating, simulation }, onDone }: Props): ReactNode {
  const t = useText();
  const [words, setWords] = useState("");
  const open = change.state === "open";
  const again = (): void => {
    setWords("");
    post<ChangeDetail>(`/api/changes/${change.id}/simulate`, {})
      .then(onDone)
      .catch((error: unknown) => setWords(said(error)));
  };
  return (
    <section className="deploy-block simulation" aria-label={t("simulation.title")}>
      <h3>{t("simulation.title")}</h3>
      {simulation !== null && (
        <>
          {simulation.outdated && (
            <p className="form-error" role="alert">
              {t("simulation.outdated", { time: moment(simulation.at) })}
            </p>
          )}
          <Found result={simulation.result} />
        </>
      )}
      {simulation === null && !simulating && <p className="deploy-quiet">{t("simulation.none")}</p>}
      {words !== "" && (
        <p className="form-error" role="alert">
          {words}
        </p>
      )}
      {simulating ? (
        <p className="deploy-quiet" role="status">
          {t("simulation.running")}
        </p>
      ) : (
        open && (
          <div>
            <Button onClick={again}>{t("simulation.again")}</Button>
          </div>
        )
      )}
    </section>
  );
}

function Found({ result }: { result: SimulationResult }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  if (result.state === "failed") return <p className="form-error">{t("simulation.failed", { reason: spoken(result.error) })}</p>;
  if (result.state === "nothing-recorded") return <p className="deploy-quiet">{t("simulation.nothing-recorded")}</p>;
  if (result.state === "nothing-reached") return <p className="deploy-quiet">{t("simulation.nothing-reached")}</p>;
  const { begin, end, messages, outputs, troubles, notes } = result;
  return (
    <>
      <p>{t("simulation.span", { begin: moment(begin), end: moment(end), messages })}</p>
      <p className="simulation-open-loop">
        <Icon name="warning" />
        {t("simulation.open-loop")}
      </p>
      {outputs.length === 0 && <p className="deploy-quiet">{t("simulation.no-commands")}</p>}
      {outputs.map((output) => (
        <Output key={`${output.flow}/${output.node}/${output.output}`} output={output} span={end - begin} />
      ))}
      {troubles.length > 0 && (
        <ul aria-label={t("simulation.troubles")}>
          {troubles.map(({ flow, node, text, old, new: fresh }) => (
            <li key={`${flow}/${node}`} className={fresh > old ? "changes-void" : ""}>
              <Icon name="error" />
              <span>
                {t("simulation.trouble", { where: `${flow}/${node}`, old, new: fresh })}
                <small>{spoken(text)}</small>
              </span>
            </li>
          ))}
        </ul>
      )}
      {notes.length > 0 && (
        <ul className="simulation-notes" aria-label={t("simulation.notes")}>
          {notes.map((note) => (
            <li key={`${note.code} ${note.where}`}>{noted(t, spoken, note)}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function noted(t: ReturnType<typeof useText>, spoken: (text: string) => string, { code, where, count, text }: SimulationNote): string {
  return t(`simulation.note-${code}`, { where, count, text: spoken(text) });
}

const ROWS = ["commands", "written", "least", "most", "mean", "per_hour", "clamped", "held", "refused", "made_safe"] as const;
/** Rows that are there only where one of both has something in them. */
const RARE = new Set<string>(["clamped", "held", "refused", "made_safe"]);

function Output({ output, span }: { output: SimulationOutput; span: number }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const { flow, node, differs, difference, difference_at, reasons, unit } = output;
  const { old, new: fresh } = output;
  const rows = ROWS.filter((row) => !RARE.has(row) || (old?.[row] ?? 0) !== 0 || (fresh?.[row] ?? 0) !== 0);
  return (
    <article className="simulation-output" aria-label={`${flow}/${node}`}>
      <h4>
        {flow}/{node}
      </h4>
      <p>{summary(t, output)}</p>
      {differs && <Chart output={output} span={span} />}
      <table>
        <thead>
          <tr>
            <th scope="col">{unitText(unit)}</th>
            <th scope="col">{t("simulation.old")}</th>
            <th scope="col">{t("simulation.new")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row} className={row === "refused" && (fresh?.refused ?? 0) > (old?.refused ?? 0) ? "simulation-worse" : ""}>
              <th scope="row">{t(`simulation.row-${row}`)}</th>
              <td>{shown(old, row)}</td>
              <td>{shown(fresh, row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {differs && difference !== null && (
        <p className="deploy-quiet">{t("simulation.difference", { value: number(difference), unit: unitText(unit), time: moment(difference_at) })}</p>
      )}
      {reasons.length > 0 && (
        <ul aria-label={t("simulation.reasons")}>
          {reasons.map((reason) => (
            <li key={`${reason.outcome} ${reason.code}`} className={reason.new > reason.old ? "changes-void" : ""}>
              <Icon name={reason.outcome === "refuse" || reason.outcome === "safe" ? "error" : "warning"} />
              <span>
                {t(`simulation.outcome-${reason.outcome}`, { old: reason.old, new: reason.new, time: moment(reason.first) })}
                <small>{spoken(reason.text)}</small>
              </span>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

/** The one sentence that somebody who is in a hurry needs. */
function summary(t: ReturnType<typeof useText>, { old, new: fresh, unit, differs }: SimulationOutput): string {
  if (!differs) return t("simulation.same");
  if (fresh === null) return t("simulation.writes-no-more");
  const { refused, most } = fresh;
  const said = [
    most === null
      ? t("simulation.no-number")
      : t("simulation.up-to", { most: number(most), before: old === null || old.most === null ? "–" : number(old.most), unit: unitText(unit) }),
    refused > 0 ? t("simulation.would-be-refused", { count: refused, before: old?.refused ?? 0 }) : "",
  ];
  return said.filter((one) => one !== "").join(" ");
}

function shown(figures: SimulationFigures | null, row: (typeof ROWS)[number]): string {
  const value = figures?.[row];
  return value === null || value === undefined ? "–" : number(value);
}

function Chart({ output, span }: { output: SimulationOutput; span: number }): ReactNode {
  const t = useText();
  const { times } = output;
  const names = [t("simulation.old"), t("simulation.new")];
  const series = [output.old_values, output.new_values].map((v, i) => stepped(names[i] ?? "", times, v));
  const chart: ChartShown = { unit: output.unit, series };
  return (
    <figure className="dash-chart simulation-chart">
      <Suspense fallback={<div className="dash-plot" />}>
        <Plot shown={chart} options={OPTIONS} span={Math.max(span, 1)} />
      </Suspense>
      <ul className="dash-legend">
        {names.map((name, i) => (
          <li key={name}>
            <svg width="18" height="8" viewBox="0 0 18 8" aria-hidden="true" className={`dash-line-${i}`}>
              <path d="M0 4h18" stroke="currentColor" strokeWidth="3" strokeDasharray={DASHES[i]?.join(" ")} />
            </svg>
            {name}
          </li>
        ))}
      </ul>
    </figure>
  );
}

const OPTIONS = { low: null, high: null };

/** An output stands at what was written until something else is: each value lasts up to the next. */
function stepped(name: string, times: readonly number[], values: readonly (number | null)[]): { name: string; t: number[]; v: (number | null)[] } {
  const [t, v]: [number[], (number | null)[]] = [[], []];
  times.forEach((time, i) => {
    const before = values[i - 1] ?? null;
    if (i > 0 && before !== (values[i] ?? null)) {
      t.push(time - 1e-3);
      v.push(before);
    }
    t.push(time);
    v.push(values[i] ?? null);
  });
  return { name, t, v };
}
