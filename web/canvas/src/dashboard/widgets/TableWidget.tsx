import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { moment, useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { duration, figure, percent } from "../figure";
import { useShown } from "../shown";

type Format = "percent" | "duration" | "moment";

interface TableShown {
  columns: string[];
  /** Of each column; null: as it is. */
  formats: (Format | null)[];
  rows: unknown[][];
}

/** Rows as the flow sends them. */
export function TableWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const shown = useShown<TableShown>(`${widget.flow}/${widget.node}`);
  if (shown === null || shown.rows.length === 0) return <p className="dash-none">{t("dashboard.no-rows")}</p>;
  const { columns, formats, rows } = shown;
  const looks = columns.map((_, k) => (formats[k] !== "moment" && rows.every((row) => isNumber(row[k] ?? 0)) ? "dash-number" : ""));
  return (
    <div className="dash-scroll" tabIndex={0} role="group" aria-label={widget.title}>
      <table className="dash-table">
        <thead>
          <tr>
            {columns.map((column, k) => (
              <th key={k} scope="col" className={looks[k]}>
                {spoken(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, k) => (
                <td key={k} className={looks[k]}>
                  {typeof cell === "string" ? written(cell, spoken) : isNumber(cell) ? WRITE[formats[k] ?? "number"](cell) : cell === null ? "" : figure(cell, null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const WRITE = { percent, duration, moment, number: (value: number): string => figure(value, null) };

const isNumber = (cell: unknown): cell is number => typeof cell === "number";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** An instant as people write one; what the engine and the flows say, in the language chosen; all else as the flow has it. */
function written(text: string, spoken: (text: string) => string): string {
  return INSTANT.test(text) ? moment(Date.parse(text) / 1000) : spoken(text);
}
