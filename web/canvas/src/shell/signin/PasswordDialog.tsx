import { type FormEvent, type ReactNode, useId, useState } from "react";
import { part, request } from "../../api/client";
import { useSession } from "../../store/session";
import { useView } from "../../store/view";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { notify } from "../../ui/notices";
import { said } from "../../api/said";
import "../form.css";

/** One's own password. */
export function PasswordDialog(): ReactNode {
  const t = useText();
  const id = useId();
  const close = useView((state) => state.closeDialog);
  const user = useSession((state) => state.session?.user ?? "");
  const [now, setNow] = useState("");
  const [fresh, setFresh] = useState("");
  const [repeated, setRepeated] = useState("");
  const [error, setError] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (fresh !== repeated) {
      setError(t("shell.not-the-same"));
      return;
    }
    try {
      await request("PATCH", `/api/users/${part(user)}`, { password: fresh, current_password: now });
      notify("good", t("shell.password-changed"));
      close();
    } catch (reason) {
      setError(said(reason));
    }
  };
  const field = (name: string, label: string, value: string, set: (value: string) => void, complete: string): ReactNode => (
    <>
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <input id={`${id}-${name}`} type="password" required autoFocus={name === "now"} autoComplete={complete} value={value} onChange={(event) => set(event.target.value)} />
    </>
  );
  return (
    <Dialog
      title={t("shell.own-password")}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{t("button.cancel")}</Button>
          <Button look="primary" type="submit" form={id}>
            {t("shell.set-password")}
          </Button>
        </>
      }
    >
      <form id={id} className="shell-form" onSubmit={(event) => void submit(event)}>
        {field("now", t("shell.current-password"), now, setNow, "current-password")}
        {field("new", t("shell.new-password"), fresh, setFresh, "new-password")}
        {field("repeated", t("shell.repeat-password"), repeated, setRepeated, "new-password")}
        <p role="alert" className="shell-error">
          {error}
        </p>
        <p className="shell-quiet">{t("shell.password-ends-others")}</p>
      </form>
    </Dialog>
  );
}
