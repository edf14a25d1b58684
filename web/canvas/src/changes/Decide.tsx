import { type FormEvent, type ReactNode, useState } from "react";
import { ApiError, post } from "../api/client";
import type { ChangeDetail, DeployResult } from "../api/types";
import { refresh } from "../shell/loading";
import { said } from "../api/said";
import { useMaySomewhere, useSession } from "../store/session";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { notify } from "../ui/notices";

type Ask = "approve" | "reject" | "glass" | null;

/** What the one who looks at a change may do about it: say yes or no, take it back, run it, or run it alone. */
export function Decide({ detail, onDone }: { detail: ChangeDetail; onDone(): void }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const session = useSession((state) => state.session);
  const [mayDeploy, mayBreak] = [useMaySomewhere("editor"), useMaySomewhere("operator")];
  const [ask, setAsk] = useState<Ask>(null);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const { change } = detail;
  const sides = session?.sides ?? [];
  const own = session?.user.toLowerCase() === change.author.toLowerCase();
  const path = `/api/changes/${change.id}`;
  const act = async (what: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    setWords("");
    try {
      await what();
      setAsk(null);
      onDone();
    } catch (error) {
      setWords(error instanceof ApiError ? said(error) : String(error));
    } finally {
      setBusy(false);
    }
  };
  const run = (): Promise<void> =>
    act(async () => {
      const { warnings } = await post<DeployResult>(`${path}/deploy`);
      await refresh();
      notify("good", t("changes.deployed", { id: change.id }));
      for (const warning of warnings) notify("warning", warning);
    });
  if (change.state !== "open" && change.state !== "glass") return null;
  const ready = change.missing.length === 0;
  return (
    <section className="changes-decide" aria-label={t("changes.decide")}>
      {change.why_not !== "" && <p className="form-error">{spoken(change.why_not)}</p>}
      {words !== "" && (
        <p role="alert" className="form-error">
          {words}
        </p>
      )}
      {ask === null ? (
        <div className="changes-acts">
          {sides.length > 0 && !own && change.why_not === "" && (
            <Button look={ready ? "plain" : "primary"} icon="check" onClick={() => setAsk("approve")}>
              {t("changes.approve")}
            </Button>
          )}
          {sides.length > 0 && change.state === "open" && <Button onClick={() => setAsk("reject")}>{t("changes.reject")}</Button>}
          {(own || session?.role === "admin") && change.state === "open" && (
            <Button disabled={busy} onClick={() => void act(() => post(`${path}/withdraw`))}>
              {t("changes.withdraw")}
            </Button>
          )}
          {sides.includes("ot") && mayBreak && change.state === "open" && change.why_not === "" && !ready && (
            <Button look="danger" icon="warning" onClick={() => setAsk("glass")}>
              {t("changes.break-glass")}
            </Button>
          )}
          {mayDeploy && change.why_not === "" && (
            <Button look="primary" icon="deploy" disabled={!ready || busy} title={ready ? undefined : t("changes.not-ready")} onClick={() => void run()}>
              {t(change.state === "glass" ? "changes.keep" : "deploy.deploy")}
            </Button>
          )}
        </div>
      ) : (
        <Sure
          ask={ask}
          sides={sides}
          missing={change.missing}
          busy={busy}
          onCancel={() => setAsk(null)}
          onSure={({ side, password, reason }) =>
            void act(async () => {
              if (ask === "approve") await post(`${path}/approve`, { side, content: detail.content, password });
              else if (ask === "reject") await post(`${path}/reject`, { reason });
              else {
                await post(`${path}/break-glass`, { reason, password });
                await refresh();
              }
            })
          }
        />
      )}
    </section>
  );
}

interface SureProps {
  ask: "approve" | "reject" | "glass";
  sides: readonly ("it" | "ot")[];
  missing: readonly ("it" | "ot")[];
  busy: boolean;
  onCancel(): void;
  onSure(given: { side: "it" | "ot"; password: string; reason: string }): void;
}

/** A yes needs one's own password once more, a no a reason, running alone both. */
function Sure({ ask, sides, missing, busy, onCancel, onSure }: SureProps): ReactNode {
  const t = useText();
  const [side, setSide] = useState<"it" | "ot">(sides.find((one) => missing.includes(one)) ?? sides[0] ?? "it");
  const [password, setPassword] = useState("");
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSure({ side, password, reason });
  };
  return (
    <form className="changes-sure" onSubmit={submit}>
      <p>{t(`changes.${ask}-why`)}</p>
      {ask === "approve" && sides.length > 1 && (
        <label>
          {t("changes.side")}
          <select value={side} onChange={(event) => setSide(event.target.value as "it" | "ot")}>
            <option value="it">IT</option>
            <option value="ot">OT</option>
          </select>
        </label>
      )}
      {ask !== "approve" && (
        <label>
          {t("changes.reason")}
          <textarea rows={2} required minLength={10} autoFocus value={reason} onChange={(event) => setReason(event.target.value)} />
        </label>
      )}
      {ask !== "reject" && (
        <label>
          {t("shell.current-password")}
          <input type="password" autoComplete="current-password" autoFocus={ask === "approve"} value={password} onChange={(event) => setPassword(event.target.value)} />
        </label>
      )}
      <div className="changes-acts">
        <Button onClick={onCancel}>{t("button.cancel")}</Button>
        <Button type="submit" look={ask === "approve" ? "primary" : "danger"} disabled={busy}>
          {ask === "approve" ? t("changes.approve-for", { side: side.toUpperCase() }) : t(ask === "reject" ? "changes.reject" : "changes.break-glass")}
        </Button>
      </div>
    </form>
  );
}
