import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import type { DeadLetter, DeadLetters, Replayed } from "../api/types";
import { preview } from "../debug/preview";
import { useMaySomewhere } from "../store/session";
import { moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { announce } from "../ui/notices";
import { useEngine } from "./engine";
import { fetchLetters, PAGE, remove, replay } from "./deadLetters";
import { reason } from "./inject";

interface Props {
  flow?: string;
  node?: string;
  onClose(): void;
}

/** The messages that failed and were kept: why, and what to do with them. */
export function DeadLettersDialog({ flow = "", node = "", onClose }: Props): ReactNode {
  const t = useText();
  const may = useMaySomewhere("operator"); // the server judges each letter by the area of its flow
  const [wanted, setWanted] = useState({ flow, node });
  const [found, setFound] = useState<DeadLetters | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [failure, setFailure] = useState("");
  const [busy, setBusy] = useState(false);
  const [more, setMore] = useState(false);

  const asked = useRef(0);

  const load = useCallback(
    async (before: number | null): Promise<void> => {
      const turn = ++asked.current;
      try {
        const page = await fetchLetters({ ...wanted, before });
        if (turn !== asked.current) return; // a later question has been answered, or will be
        setMore(page.letters.length === PAGE);
        if (before !== null) setFound((shown) => ({ ...page, letters: [...(shown?.letters ?? []), ...page.letters] }));
        else {
          setFound(page);
          // Only what is seen can be acted on: a letter that somebody else replayed is chosen no longer.
          const seen = new Set(page.letters.map(({ id }) => id));
          setChosen((now) => new Set([...now].filter((id) => seen.has(id))));
        }
      } catch (error) {
        setFailure(reason(error));
      }
    },
    [wanted],
  );
  useEffect(() => {
    const soon = setTimeout(() => void load(null), 200); // someone may be typing in the filter
    return () => clearTimeout(soon);
  }, [load]);

  // Letters come and go meanwhile: one that is replayed and fails again is a new one. A list that was paged on stays.
  const engine = useEngine((state) => state.engine);
  const pulse = engine === null ? "" : `${engine.dead_letters} ${engine.failed}`;
  const known = useRef(pulse);
  const paged = (found?.letters.length ?? 0) > PAGE;
  useEffect(() => {
    if (known.current === pulse || paged) return;
    known.current = pulse;
    void load(null);
  }, [pulse, paged, load]);

  const act = async (what: (ids: number[]) => Promise<Replayed>, word: "live.replayed" | "live.deleted"): Promise<void> => {
    setBusy(true);
    setFailure("");
    try {
      const asked = [...chosen];
      const { done, failed } = await what(asked);
      // What has been chosen meanwhile stays chosen, and what could not be done; what is done is seen no longer.
      const over = new Set(asked.filter((id) => !(String(id) in failed)));
      setChosen((now) => new Set([...now].filter((id) => !over.has(id))));
      setFound((shown) => shown && { ...shown, letters: shown.letters.filter(({ id }) => !over.has(id)) });
      announce(t(word, { count: done.length }));
      setFailure(
        Object.entries(failed)
          .slice(0, 5)
          .map(([id, why]) => `${id}: ${why}`)
          .join("\n"),
      );
      await load(null);
    } catch (error) {
      setFailure(reason(error));
    }
    setBusy(false);
  };

  const letters = found?.letters ?? [];
  const all = letters.length > 0 && letters.every(({ id }) => chosen.has(id));
  const off = !may || busy || chosen.size === 0;
  return (
    <Dialog
      wide
      title={t("live.letters-title")}
      onClose={onClose}
      actions={
        <>
          <span className="live-help">{may ? chosen.size > 0 && t("live.chosen", { count: chosen.size }) : t("live.needs-operator")}</span>
          <Button look="danger" icon="bin" disabled={off} onClick={() => void act(remove, "live.deleted")}>
            {t("live.delete")}
          </Button>
          <Button look="primary" icon="redo" disabled={off} onClick={() => void act(replay, "live.replayed")}>
            {t("live.replay")}
          </Button>
        </>
      }
    >
      <div className="live-letters-filter">
        <label>
          <span>{t("live.flow")}</span>
          <input value={wanted.flow} onChange={(event) => setWanted({ ...wanted, flow: event.target.value })} />
        </label>
        <label>
          <span>{t("live.node")}</span>
          <input value={wanted.node} onChange={(event) => setWanted({ ...wanted, node: event.target.value })} />
        </label>
        {found !== null && (
          <span className="live-help">
            {t("live.kept", { kept: found.kept })}
            {found.dropped > 0 && ` · ${t("live.dropped-letters", { dropped: found.dropped })}`}
          </span>
        )}
      </div>
      {failure !== "" && (
        <p className="live-error" role="alert">
          {failure}
        </p>
      )}
      {found !== null && letters.length === 0 && <p>{t("live.no-letters")}</p>}
      {letters.length > 0 && (
        <table className="live-table">
          <thead>
            <tr>
              <th>
                <input
                  type="checkbox"
                  aria-label={t("live.choose-all")}
                  checked={all}
                  onChange={() => setChosen(all ? new Set() : new Set(letters.map(({ id }) => id)))}
                />
              </th>
              <th>{t("live.when")}</th>
              <th>{t("live.where")}</th>
              <th>{t("live.why")}</th>
              <th>{t("live.what")}</th>
            </tr>
          </thead>
          <tbody>
            {letters.map((letter) => (
              <Row
                key={letter.id}
                letter={letter}
                chosen={chosen.has(letter.id)}
                onChoose={() => {
                  const next = new Set(chosen);
                  if (!next.delete(letter.id)) next.add(letter.id);
                  setChosen(next);
                }}
              />
            ))}
          </tbody>
        </table>
      )}
      {more && (
        <Button look="quiet" onClick={() => void load(letters.at(-1)?.id ?? null)}>
          {t("live.more")}
        </Button>
      )}
    </Dialog>
  );
}

function Row({ letter, chosen, onChoose }: { letter: DeadLetter; chosen: boolean; onChoose(): void }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const { id, flow, node, port, time, message } = letter;
  return (
    <tr>
      <td>
        <input type="checkbox" aria-label={t("live.choose", { id })} checked={chosen} onChange={onChoose} />
      </td>
      <td className="live-nowrap">{moment(time)}</td>
      <td>
        {flow} / {node}
        {port !== "" && <span className="live-help"> .{port}</span>}
      </td>
      <td>{spoken(letter.reason)}</td>
      <td className="mono live-cut" title={JSON.stringify(message)}>
        {preview(message["payload"])}
      </td>
    </tr>
  );
}
