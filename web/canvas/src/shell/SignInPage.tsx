import type { ReactNode } from "react";
import { useText } from "../text";
import { SignInForm } from "./SignInForm";
import "./alone.css";

/** The page before everything. `first`: nobody has a password yet. */
export function SignInPage({ first }: { first: boolean }): ReactNode {
  const t = useText();
  return (
    <main className="shell-alone">
      <h1 className="shell-brand">{t("app.name")}</h1>
      <section className="shell-card" aria-labelledby="sign-in">
        <h2 id="sign-in">{t("shell.sign-in-title")}</h2>
        {first ? <p>{t("shell.no-users")}</p> : <SignInForm />}
      </section>
    </main>
  );
}
