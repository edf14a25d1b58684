import { type ReactNode, useCallback, useEffect, useState } from "react";
import { ApiError, get, post } from "../api/client";
import type { ChangeDetail, ChangeSummary, Changes } from "../api/types";
import { said } from "../api/said";
import { useFolder } from "../store/folder";
import { useMaySomewhere } from "../store/session";
import { useView } from "../store/view";
import { moment, useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Icon, type IconName } from "../ui/Icon";
import { useNewest } from "../ui/newest";
import { ChangeView } from "./ChangeView";
import "./changes.css";

const SHAPES: Record<ChangeSummary["state"], IconName> = {
  open: "users",
  glass: "warning",
  deployed: "check",
  rejected: "close",
  withdrawn: "undo",
  expired: "history",
};

/** Changes that reach a machine: those that wait for a yes of IT and one of OT, and what became of the others. */
export function ChangesDialog({ id }: { id?: number }): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const project = useFolder((state) => state.project);
  const mayAsk = useMaySomewhere("editor");
  const [all, setAll] = useState<Changes | null>(null);
  const [chosen, setChosen] = useState<number | null>(id ?? null);
  const [words, setWords] = useState("");
  const newest = useNewest();
  const look = useCallback(
    () =>
      newest(get<Changes>("/api/changes"), (found) => {
        setAll(found);
        setChosen((before) => before ?? found.changes.find(({ state }) => state === "open" || state === "glass")?.id ?? found.changes[0]?.id ?? null);
      }).catch((error: unknown) => setWords(error instanceof ApiError ? said(error) : String(error))),
    [newest],
  );
  useEffect(() => void look(), [look, project]);
  const ask = async (): Promise<void> => {
    setWords("");
    try {
      setChosen((await post<ChangeDetail>("/api/changes", {})).change.id);
      await look();
    } catch (error) {
      setWords(error instanceof ApiError ? said(error) : String(error));
    }
  };
  return (
    <Dialog title={t("changes.title")} onClose={close} wide>
      <div className="changes">
        {all !== null && all.two_keys.glass !== "" && (
          <p className="changes-alarm" role="alert">
            <Icon name="warning" size={20} />
            {all.two_keys.glass}
          </p>
        )}
        {words !== "" && (
          <p role="alert" className="form-error">
            {words}
          </p>
        )}
        {all !== null && all.outside.length > 0 && (
          <p className="changes-outside">
            {t("changes.outside", { files: all.outside.join(", ") })}
            <Button disabled={!mayAsk} onClick={() => void ask()}>
              {t("changes.ask-outside")}
            </Button>
          </p>
        )}
        {all === null ? (
          <p className="deploy-quiet">{t("shell.loading")}</p>
        ) : all.changes.length === 0 ? (
          <p className="deploy-quiet">{t(all.two_keys.in_force ? "changes.none" : "changes.not-in-force")}</p>
        ) : (
          <div className="changes-rooms">
            <ul className="changes-list" aria-label={t("changes.title")}>
              {all.changes.map((one) => (
                <li key={one.id}>
                  <button type="button" aria-current={one.id === chosen || undefined} className={`changes-item changes-${one.state}`} onClick={() => setChosen(one.id)}>
                    <Icon name={SHAPES[one.state]} />
                    <span>
                      <strong>{t("changes.number", { id: one.id })}</strong> {one.files.join(", ")}
                      <small>
                        {t("changes.by", { name: one.author, time: moment(one.at) })} · {t(`changes.is-${one.state}`)}
                      </small>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            {chosen !== null && <ChangeView key={chosen} id={chosen} changed={all} onDone={() => void look()} />}
          </div>
        )}
      </div>
    </Dialog>
  );
}
