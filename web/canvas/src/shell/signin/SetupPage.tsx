import { type FormEvent, type ReactNode, useEffect, useId, useState } from "react";
import { useSession } from "../../store/session";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { said } from "../../api/said";
import "./alone.css";
import "../form.css";

/** Where a one-time link leads: the first user, or a new password for one there is (then the link names him). */
export function SetupPage(): ReactNode {
  const t = useText();
  const id = useId();
  const [{ token, whom }] = useState(fromLink);
  const [name, setName] = useState(whom);
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => history.replaceState(null, "", "/setup"), []); // a token is nothing for the browser's history
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (password !== repeated) {
      setError(t("shell.not-the-same"));
      return;
    }
    setBusy(true);
    setError("");
    try {
      await useSession.getState().setUp(token, name.trim(), password);
      location.replace("/");
    } catch (reason) {
      setError(said(reason));
      setBusy(false);
    }
  };
  if (token === "")
    return (
      <main className="shell-alone">
      <h1 className="shell-brand">{t("app.name")}</h1>
        <p>{t("shell.no-token")}</p>
      </main>
    );
  return (
    <main className="shell-alone">
      <h1 className="shell-brand">{t("app.name")}</h1>
      <section className="shell-card" aria-labelledby={id}>
        <h2 id={id}>{t(whom === "" ? "shell.first-user" : "shell.new-password-for", { name: whom })}</h2>
        <p className="shell-quiet">{t(whom === "" ? "shell.first-user-why" : "shell.new-password-why")}</p>
        <form className="shell-form" onSubmit={(event) => void submit(event)}>
          <label htmlFor={`${id}-name`}>{t("shell.name")}</label>
          <input
            id={`${id}-name`}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            readOnly={whom !== ""}
            autoFocus={whom === ""}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <label htmlFor={`${id}-password`}>{t("shell.new-password")}</label>
          <input
            id={`${id}-password`}
            type="password"
            autoComplete="new-password"
            required
            autoFocus={whom !== ""}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
          <label htmlFor={`${id}-repeated`}>{t("shell.repeat-password")}</label>
          <input
            id={`${id}-repeated`}
            type="password"
            autoComplete="new-password"
            required
            value={repeated}
            onChange={(event) => setRepeated(event.target.value)}
          />
          <p role="alert" className="shell-error">
            {error}
          </p>
          <Button type="submit" look="primary" disabled={busy}>
            {t("shell.set-password")}
          </Button>
        </form>
      </section>
    </main>
  );
}

function fromLink(): { token: string; whom: string } {
  const query = new URLSearchParams(location.search);
  return { token: query.get("token") ?? "", whom: query.get("name") ?? "" };
}
