import { type FormEvent, type ReactNode, useId, useState } from "react";
import { said } from "../../api/said";
import { useSession } from "../../store/session";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import "../form.css";

interface Props {
  /** Whose session it was; empty: anybody may sign in. */
  name?: string;
  onDone?(user: string): void;
}

/** Name and password. What is wrong is said beside the fields, and read out. */
export function SignInForm({ name: known = "", onDone }: Props): ReactNode {
  const t = useText();
  const id = useId();
  const [name, setName] = useState(known);
  const [password, setPassword] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      await useSession.getState().signIn(name.trim(), password);
      onDone?.(useSession.getState().session?.user ?? "");
    } catch (reason) {
      setError(said(reason));
      setPassword("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="shell-form" onSubmit={(event) => void submit(event)}>
      <label htmlFor={`${id}-name`}>{t("shell.name")}</label>
      <input
        id={`${id}-name`}
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus={known === ""}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <label htmlFor={`${id}-password`}>{t("shell.password")}</label>
      <input
        id={`${id}-password`}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        autoFocus={known !== ""}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <p role="alert" className="shell-error">
        {error}
      </p>
      <Button type="submit" look="primary" disabled={busy}>
        {t("shell.sign-in")}
      </Button>
    </form>
  );
}
