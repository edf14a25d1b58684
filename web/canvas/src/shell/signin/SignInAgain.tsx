import type { ReactNode } from "react";
import { signedBack } from "../../store/session";
import { useText } from "../../text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { SignInForm } from "./SignInForm";

/** The session ended; what is being edited stays. Another user begins with a page of his own. */
export function SignInAgain({ name }: { name: string }): ReactNode {
  const t = useText();
  const done = (user: string): void => {
    if (user === name) signedBack();
    else location.reload(); // and saves nothing of what the other one has edited
  };
  return (
    <Dialog title={t("shell.session-over")} actions={<Button onClick={() => location.reload()}>{t("shell.reload")}</Button>}>
      <p>{t("shell.session-over-why")}</p>
      <SignInForm name={name} onDone={done} />
    </Dialog>
  );
}
