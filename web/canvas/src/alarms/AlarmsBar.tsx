import { type ReactNode, useRef, useState } from "react";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Icon } from "../ui/Icon";
import { SHAPES } from "./acts";
import { AlarmsPanel } from "./AlarmsPanel";
import { useAlarms } from "./store";
import "../ui/panel.css";
import "./alarms.css";

/** In the header, while there is anything in the list: how many alarms nobody has seen, and the way to all of them. */
export function AlarmsBar(): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const alarms = useAlarms((state) => state.alarms);
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  if (alarms === null) return null;
  const worst = alarms.alarms.find(({ aside }) => aside === "");
  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  return (
    <div className="alarms-bar">
      <button
        ref={opener}
        type="button"
        className={`alarms-button ${alarms.unseen > 0 ? `alarms-${worst?.priority ?? "low"}` : ""}`}
        aria-label={t("alarms.button", { unseen: alarms.unseen, standing: alarms.standing })}
        title={worst === undefined ? t("alarms.title") : spoken(worst.text)}
        aria-expanded={open}
        onClick={() => (open ? close() : setOpen(true))}
      >
        <Icon name={worst === undefined ? "check" : SHAPES[worst.priority]} />
        <span aria-hidden="true">{alarms.unseen > 0 ? alarms.unseen : alarms.standing}</span>
      </button>
      {open && <AlarmsPanel alarms={alarms} onClose={close} />}
    </div>
  );
}
