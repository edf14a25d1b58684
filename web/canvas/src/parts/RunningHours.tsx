import { type FormEvent, type ReactNode, useState } from "react";
import { part as named, request } from "../api/client";
import type { Part, PartHours, Parts } from "../api/types";
import { said } from "../api/said";
import { useMay } from "../store/session";
import { number, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { hoursKnown } from "./HoursRun";

interface Props {
  part: Part;
  /** The day at the engine, which no entry may lie behind. */
  today: string;
  onEntered(found: Parts): void;
}

/** How long a part has run, as a flow counts; where none does, an operator enters what he has read off its meter. */
export function RunningHours({ part, today, onEntered }: Props): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const mayEnter = useMay("operator") && part.hours_from === "" && part.hours_problem === "" && !["site", "area", "line", "machine"].includes(part.kind);
  const [hours, setHours] = useState("");
  const [day, setDay] = useState(today);
  const [error, setError] = useState("");
  const enter = (event: FormEvent): void => {
    event.preventDefault();
    const body: PartHours = { hours: Number(hours), day };
    request<Parts>("PUT", `/api/assets/${named(part.id)}/hours`, body).then(
      (answer) => {
        setError("");
        setHours("");
        onEntered(answer.body);
      },
      (reason: unknown) => setError(said(reason)),
    );
  };
  return (
    <>
      {hoursKnown(part) ? t("parts.hours-on", { hours: number(part.running_hours, 8), day: part.hours_on || part.installed }) : t("parts.hours-none")}
      {part.rated_hours > 0 && ` (${t("parts.hours-rated", { hours: number(part.rated_hours) })})`}
      {part.hours_from !== "" && <small>{t(part.hours_sure ? "parts.hours-counted" : "parts.hours-unsure", { source: part.hours_from })}</small>}
      {part.hours_problem !== "" && <small className="parts-soon">{spoken(part.hours_problem)}</small>}
      {mayEnter && (
        <form className="parts-hours" onSubmit={enter}>
          <label>
            {t("parts.hours-read")}
            <input type="number" min={0} max={1e9} step="any" required value={hours} onChange={({ target }) => setHours(target.value)} />
          </label>
          <label>
            {t("parts.hours-day")}
            <input type="date" max={today} required value={day} onChange={({ target }) => setDay(target.value)} />
          </label>
          <Button type="submit">{t("parts.hours-enter")}</Button>
        </form>
      )}
      {error !== "" && (
        <span role="alert" className="shell-error">
          {error}
        </span>
      )}
    </>
  );
}
