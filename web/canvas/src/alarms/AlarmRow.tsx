import { type FormEvent, type ReactNode, useState } from "react";
import type { Alarm } from "../api/types";
import { moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { act, isUnseen, SHAPES } from "./acts";

/** One alarm: what it is, how it stands, and what can be done with it. */
export function AlarmRow({ alarm, may }: { alarm: Alarm; may: boolean }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const [shelving, setShelving] = useState(false);
  const { name, text, priority, state, aside, since, count, seen_by, by, reason, until } = alarm;
  const stands = state === "unacknowledged" || state === "acknowledged";
  return (
    <li className={`alarms-row ${stands && aside === "" ? `alarms-${priority}` : ""}`}>
      <Icon name={stands ? SHAPES[priority] : "check"} size={20} />
      <div>
        <strong>{name}</strong>
        <p>{spoken(text)}</p>
        <p className="alarms-small">
          {t(`alarms.priority-${priority}`)} · {t(`alarms.is-${aside === "" ? state : aside}`)} · {t("live.since", { time: moment(since) })}
          {count > 1 && ` · ${t("alarms.count", { count })}`}
          {seen_by !== "" && ` · ${t("alarms.seen-by", { name: seen_by })}`}
          {aside !== "" && reason !== "" && ` · ${reason}${by === "" ? "" : ` (${by})`}`}
          {until > 0 && ` · ${t("alarms.until", { time: moment(until) })}`}
        </p>
        {shelving && <Shelve name={name} onDone={() => setShelving(false)} />}
      </div>
      {may && (
        <span className="alarms-acts">
          {isUnseen(alarm) && (
            <Button aria-label={t("alarms.acknowledge-of", { name })} onClick={() => void act({ what: "acknowledge", names: [name] })}>
              {t("alarms.acknowledge")}
            </Button>
          )}
          {aside === "" && !shelving && (
            <Button look="quiet" aria-label={t("alarms.shelve-of", { name })} onClick={() => setShelving(true)}>
              {t("alarms.shelve")}
            </Button>
          )}
          {(aside === "shelved" || aside === "out-of-service") && (
            <Button look="quiet" aria-label={t("alarms.unshelve-of", { name })} onClick={() => void act({ what: "unshelve", names: [name] })}>
              {t("alarms.unshelve")}
            </Button>
          )}
        </span>
      )}
    </li>
  );
}

const TIMES = [15, 60, 480, 1440];

/** Put an alarm aside for a while: a reason is needed, and it comes back by itself. */
function Shelve({ name, onDone }: { name: string; onDone(): void }): ReactNode {
  const t = useText();
  const [minutes, setMinutes] = useState(60);
  const [why, setWhy] = useState("");
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await act({ what: "shelve", names: [name], minutes, reason: why })) onDone();
  };
  return (
    <form className="alarms-shelve" onSubmit={(event) => void send(event)}>
      <input
        autoFocus
        required
        maxLength={500}
        aria-label={t("alarms.reason")}
        placeholder={t("alarms.reason")}
        value={why}
        onChange={({ target }) => setWhy(target.value)}
      />
      <select aria-label={t("alarms.for")} value={minutes} onChange={({ target }) => setMinutes(Number(target.value))}>
        {TIMES.map((time) => (
          <option key={time} value={time}>
            {time < 60 ? t("alarms.minutes", { count: time }) : t("alarms.hours", { count: time / 60 })}
          </option>
        ))}
      </select>
      <Button type="submit">{t("alarms.shelve")}</Button>
      <Button look="quiet" onClick={onDone}>
        {t("button.cancel")}
      </Button>
    </form>
  );
}
