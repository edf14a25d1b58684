import { type ReactNode, useEffect, useState } from "react";
import { post } from "../../api/client";
import type { OidcBegun, Session } from "../../api/types";
import { useSession } from "../../store/session";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { said } from "../../api/said";

/** The page that the provider sends the browser back to. */
const BACK = "/oidc";
/** What shows the server that it was this browser which asked; other tabs and sites cannot see it. */
const BINDING = "flowengine-oidc";

/** Signing in at an OpenID provider: away to it by a button, and back from it by its answer in the address. */
export function ProviderSignIn({ label }: { label: string }): ReactNode {
  const t = useText();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const answer = fromAddress();
    if (answer === null) return;
    setBusy(true);
    finish(answer)
      .catch((reason: unknown) => setError(said(reason)))
      .finally(() => setBusy(false));
  }, []);
  const begin = async (): Promise<void> => {
    setBusy(true);
    setError("");
    try {
      const begun = await post<OidcBegun>("/api/oidc/begin");
      sessionStorage.setItem(BINDING, begun.binding);
      location.assign(begun.location);
    } catch (reason) {
      setError(said(reason));
      setBusy(false);
    }
  };
  return (
    <div className="shell-provider">
      <p role="alert" className="shell-error">
        {error}
      </p>
      <Button onClick={() => void begin()} disabled={busy}>
        {t("shell.sign-in-by", { label })}
      </Button>
      <p className="shell-quiet">{t("shell.or-password")}</p>
    </div>
  );
}

interface Back {
  state: string;
  code: string;
  binding: string;
  refused: string;
}

/** Take the provider's answer out of the address, where it is nothing for the browser's history. */
function fromAddress(): Back | null {
  if (location.pathname !== BACK) return null;
  const query = new URLSearchParams(location.search);
  const binding = sessionStorage.getItem(BINDING) ?? "";
  history.replaceState(null, "", "/");
  sessionStorage.removeItem(BINDING);
  const back = { state: query.get("state") ?? "", code: query.get("code") ?? "", binding, refused: query.get("error") ?? "" };
  return back.state === "" ? null : back;
}

async function finish({ state, code, binding, refused }: Back): Promise<void> {
  if (refused !== "") throw new Error(refused);
  await post<Session>("/api/oidc/finish", { state, code, binding: binding || "none" });
  await useSession.getState().load();
}
