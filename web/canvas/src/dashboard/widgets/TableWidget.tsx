import type { ReactNode } from "react";
import type { Widget } from "../../api/types";
import { moment, useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { figure } from "../figure";
import { useShown } from "../shown";

interface TableShown {
  columns: string[];
  rows: unknown[][];
}

/** Rows as the flow sends them. */
export function TableWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const shown = useShown<TableShown>(`${widget.flow}/${widget.node}`);
  if (shown === null || shown.rows.length === 0) return <p className="dash-none">{t("dashboard.no-rows")}</p>;
  return (
    <div className="dash-scroll" tabIndex={0} role="group" aria-label={widget.title}>
      <table className="dash-table">
        <thead>
          <tr>
            {shown.columns.map((column, k) => (
              <th key={k} scope="col" className={typeof shown.rows[0]?.[k] === "number" ? "dash-number" : ""}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, k) => (
                <td key={k} className={typeof cell === "number" ? "dash-number" : ""}>
                  {cell === null ? "" : typeof cell === "string" ? written(cell, spoken) : figure(cell, null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** An instant as people write one; what the engine says, in the language chosen; all else as the flow has it. */
function written(text: string, spoken: (text: string) => string): string {
  if (INSTANT.test(text)) return moment(Date.parse(text) / 1000);
  return text.includes(" ") ? spoken(text) : text;
}
