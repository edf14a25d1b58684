import { type ReactNode, useState } from "react";
import type { Part, Parts } from "../api/types";
import { useView } from "../store/view";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { type Chosen, filtered, nextDate } from "./filter";
import { HoursRun } from "./HoursRun";
import { PartDetail } from "./PartDetail";
import { SHAPES } from "./states";
import { useAgain } from "./useAgain";
import "./parts.css";

const STATES: Chosen[] = ["all", "past", "soon", "unknown", "later"];

/** All parts of the plant, the most urgent first; one of them is opened below its row. */
export function PartsDialog(): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const close = useView((state) => state.closeDialog);
  const { found, setFound, error } = useAgain<Parts>("/api/assets");
  const [warning, setWarning] = useState("");
  const [words, setWords] = useState("");
  const [state, setState] = useState<Chosen>("all");
  const [open, setOpen] = useState("");
  const onEntered = (parts: Parts): void => {
    setFound(parts);
    setWarning(parts.warning);
  };
  const shown = filtered(found?.parts ?? [], words, state);
  return (
    <Dialog title={t("parts.title")} onClose={close} wide>
      <p role="alert" className="shell-error">
        {[error, warning, ...(found?.problems ?? [])].filter(Boolean).map(spoken).join("\n")}
      </p>
      {found === null && error === "" && <p>{t("parts.loading")}</p>}
      {found !== null && !found.there && <p>{t("parts.none")}</p>}
      {found?.there && found.problems.length === 0 && (
        <>
          <div className="parts-filter">
            <input
              type="search"
              aria-label={t("parts.filter")}
              placeholder={t("parts.filter")}
              value={words}
              onChange={({ target }) => setWords(target.value)}
            />
            <select aria-label={t("parts.state")} value={state} onChange={({ target }) => setState(target.value as Chosen)}>
              {STATES.map((one) => (
                <option key={one} value={one}>
                  {t(`parts.is-${one}`)}
                </option>
              ))}
            </select>
          </div>
          <div className="shell-scroll">
            <table className="shell-table parts-table">
              <thead>
                <tr>
                  <th scope="col">{t("parts.part")}</th>
                  <th scope="col">{t("parts.state")}</th>
                  <th scope="col">{t("parts.next")}</th>
                  <th scope="col">{t("parts.hours")}</th>
                  <th scope="col">{t("parts.product")}</th>
                  <th scope="col">{t("parts.stops")}</th>
                </tr>
              </thead>
              {shown.map((part) => (
                <PartRows key={part.id} part={part} today={found.today} onEntered={onEntered} open={open === part.id} onOpen={() => setOpen(open === part.id ? "" : part.id)} />
              ))}
            </table>
          </div>
          {shown.length === 0 && <p>{t("parts.nothing")}</p>}
        </>
      )}
    </Dialog>
  );
}

interface Row {
  part: Part;
  today: string;
  open: boolean;
  onOpen(): void;
  onEntered(found: Parts): void;
}

function NextDate({ due, small }: { due: Part["dates"][number]; small: boolean }): ReactNode {
  const what = useText()(`parts.what-${due.what}`);
  const day = <span className="parts-whole">{due.day}</span>;
  return small ? (
    <small>
      {what} {day}
    </small>
  ) : (
    <>
      {what}
      <small>{day}</small>
    </>
  );
}

function PartRows({ part, today, open, onOpen, onEntered }: Row): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const next = nextDate(part);
  const worst = part.notices.filter(({ kind }) => kind === "vulnerability" || kind === "recall").length;
  return (
    <tbody>
      <tr>
        <th scope="row">
          <Button look="quiet" aria-expanded={open} onClick={onOpen}>
            {part.name}
          </Button>
          <small>{part.place.join(" › ")}</small>
        </th>
        <td>
          <span className={`parts-state parts-${part.state}`}>
            <Icon name={SHAPES[part.state]} size={16} />
            {t(`parts.is-${part.state}`)}
          </span>
          {worst > 0 && <small className="parts-whole">{t("parts.notices", { count: worst })}</small>}
        </td>
        <td className="parts-next">
          {part.todo !== "" && <span className="parts-todo">{spoken(part.todo)}</span>}
          {next === undefined ? part.todo === "" && "–" : <NextDate due={next} small={part.todo !== ""} />}
        </td>
        <td className="parts-number parts-opened">
          <HoursRun part={part} />
        </td>
        <td className="parts-wide">
          {part.vendor} {part.model}
          <small>{part.version}</small>
        </td>
        <td className="parts-number parts-opened">{part.outputs.length}</td>
      </tr>
      {open && (
        <tr>
          <td colSpan={6}>
            <PartDetail part={part} today={today} onEntered={onEntered} />
          </td>
        </tr>
      )}
    </tbody>
  );
}
