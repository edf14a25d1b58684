import type { ReactNode } from "react";
import { useText } from "../../text";
import { useView } from "../../store/view";
import { SPANS } from "../past";
import type { Past } from "../usePast";

/** How far back a chart shows, and what its points are then. */
export function PastChoice({ past }: { past: Past }): ReactNode {
  const t = useText();
  const language = useView((state) => state.language);
  const longest = Math.max(0, ...(past.series ?? []).map(({ interval }) => interval));
  return (
    <div className="dash-past">
      {past.span > 0 && (
        <span role="status">
          {past.problem !== ""
            ? t("dashboard.past-problem", { reason: past.problem })
            : past.series === null
              ? t("dashboard.past-loading")
              : past.series.every((one) => one.t.length === 0)
                ? t("dashboard.past-none")
                : longest > 0
                  ? t("dashboard.past-mean", { time: duration(longest, language) })
                  : ""}
        </span>
      )}
      <select aria-label={t("dashboard.past")} value={past.span} onChange={(event) => past.choose(Number(event.target.value))}>
        <option value={0}>{t("dashboard.past-live")}</option>
        {SPANS.map((span) => (
          <option key={span} value={span}>
            {duration(span, language)}
          </option>
        ))}
      </select>
    </div>
  );
}

function duration(seconds: number, language: string): string {
  const [size, unit] = seconds < 60 ? [1, "second"] : seconds < 3600 ? [60, "minute"] : seconds <= 86_400 ? [3600, "hour"] : [86_400, "day"];
  const digits = { maximumFractionDigits: seconds / Number(size) < 10 ? 1 : 0 };
  return new Intl.NumberFormat(language, { style: "unit", unit: String(unit), unitDisplay: "long", ...digits }).format(seconds / Number(size));
}
