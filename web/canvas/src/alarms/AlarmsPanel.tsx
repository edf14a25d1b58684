import { type ReactNode, useEffect, useRef, useState } from "react";
import { get } from "../api/client";
import type { AlarmEntry, AlarmHistory, Alarms } from "../api/types";
import { reason } from "../live/inject";
import { useMay } from "../store/session";
import { type Key, moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button, IconButton } from "../ui/Button";
import { notify } from "../ui/notices";
import { act, isUnseen } from "./acts";
import { AlarmRow } from "./AlarmRow";

/** All alarms, by priority and the newest first, what was put aside, and on request what has been. */
export function AlarmsPanel({ alarms: { alarms, flood, left_out }, onClose }: { alarms: Alarms; onClose(): void }): ReactNode {
  const t = useText();
  const may = useMay("operator");
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const rings = alarms.filter(({ aside }) => aside === "");
  const aside = alarms.filter(({ aside }) => aside !== "");
  const unseen = rings.filter(isUnseen).map(({ name }) => name);
  return (
    <section
      ref={panel}
      className="header-panel alarms-panel"
      aria-label={t("alarms.title")}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header className="alarms-head">
        <h2>{t("alarms.title")}</h2>
        {may && unseen.length > 0 && (
          <Button onClick={() => void act({ what: "acknowledge", names: unseen })}>{t("alarms.acknowledge-all")}</Button>
        )}
        <IconButton icon="close" label={t("button.close")} onClick={onClose} />
      </header>
      {flood && <p className="alarms-high">{t("alarms.flood")}</p>}
      {rings.length === 0 && <p>{t("alarms.none")}</p>}
      <ul className="alarms-list">
        {rings.map((alarm) => (
          <AlarmRow key={alarm.name} alarm={alarm} may={may} />
        ))}
      </ul>
      {left_out > 0 && <p>{t("alarms.left-out", { count: left_out })}</p>}
      {aside.length > 0 && (
        <>
          <h3>{t("alarms.aside")}</h3>
          <ul className="alarms-list">
            {aside.map((alarm) => (
              <AlarmRow key={alarm.name} alarm={alarm} may={may} />
            ))}
          </ul>
        </>
      )}
      <Past />
    </section>
  );
}

/** What happens to alarms, by the words of the server; those that are not here it says in a sentence. */
const WHAT: Partial<Record<string, Key>> = {
  active: "alarms.what-active",
  acknowledged: "alarms.what-acknowledged",
  returned: "alarms.what-returned",
  normal: "alarms.what-normal",
  latched: "alarms.what-latched",
  reset: "alarms.what-reset",
  flood: "alarms.what-flood",
};

/** What happened to alarms: fetched when somebody asks. */
function Past(): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const happened = (what: string): string => (WHAT[what] === undefined ? spoken(what) : t(WHAT[what]));
  const [entries, setEntries] = useState<AlarmEntry[] | null>(null);
  const load = (): void => {
    get<AlarmHistory>("/api/alarms/history").then(
      (found) => setEntries(found.entries),
      (error: unknown) => notify("error", reason(error)),
    );
  };
  if (entries === null) return <Button onClick={load}>{t("alarms.history")}</Button>;
  return (
    <>
      <h3>{t("alarms.history")}</h3>
      <ul className="alarms-list">
        {entries.map(({ id, time, name, what, by, text }) => (
          <li key={id} className="alarms-past">
            <time>{moment(time)}</time> <strong>{name}</strong> {happened(what)}
            {by !== "" && ` (${by})`} <span>{spoken(text)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
