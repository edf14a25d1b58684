import type { ReactNode } from "react";
import type { ReachLimit } from "../api/types";
import { ProblemList } from "../problems/ProblemsPane";
import { number, useText } from "../text";

/** What OT's envelope allows at an output, what could be written there, and what the check says of that. */
export function LimitLines({ limit }: { limit: ReachLimit }): ReactNode {
  const t = useText();
  const { output, low, high, values, unit, rate, interval, clamp, modes, least, most, problems } = limit;
  const of = (value: number): string => `${number(value)}${unit === "" ? "" : `\u00a0${unit}`}`;
  const listed = values.map((value) => (typeof value === "number" ? of(value) : String(value))).join(", ");
  const said = [
    low !== null && high !== null ? t("deploy.limit-range", { low: of(low), high: of(high) }) : listed === "" ? "" : t("deploy.limit-values", { values: listed }),
    rate === null ? "" : t("deploy.limit-rate", { rate: of(rate) }),
    interval > 0 ? t("deploy.limit-interval", { seconds: number(interval) }) : "",
    low === null ? "" : t(clamp ? "deploy.limit-clamped" : "deploy.limit-refused"),
    t("deploy.limit-modes", { modes: modes.map((mode) => t(`machines.mode-${mode}`)).join(", ") }),
  ].filter((one) => one !== "");
  return (
    <div className="deploy-limit">
      {output === "" ? <p>{t("deploy.limit-none")}</p> : <p>{t("deploy.limit", { output, limits: said.join("; ") })}</p>}
      {least !== null && most !== null ? (
        <p>{least === most ? t("deploy.could-one", { value: of(least) }) : t("deploy.could", { least: of(least), most: of(most) })}</p>
      ) : (
        output !== "" && low !== null && <p className="deploy-quiet">{t("deploy.could-unknown")}</p>
      )}
      {problems.length > 0 && <ProblemList problems={problems} />}
    </div>
  );
}
