import type { ReactNode } from "react";
import type { Part } from "../api/types";
import { number, useText } from "../text";

/** Running hours, of how many; those that a flow counts move while one looks. */
export function HoursRun({ part }: { part: Part }): ReactNode {
  const t = useText();
  const { running_hours: hours, rated_hours: rated } = part;
  if (!hoursKnown(part)) return "–";
  return (
    <>
      {t("parts.hours-run", { hours: number(hours, 8) })}
      {rated > 0 && <small>{t("parts.hours-of", { hours: number(rated) })}</small>}
    </>
  );
}

/** Hours of a part without a day are none, unless it came with some. */
export function hoursKnown({ hours_on, running_hours }: Part): boolean {
  return hours_on !== "" || running_hours > 0;
}
