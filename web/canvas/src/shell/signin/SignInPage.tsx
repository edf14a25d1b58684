import type { ReactNode } from "react";
import { useSession } from "../../store/session";
import { useText } from "../../text";
import { ProviderSignIn } from "./ProviderSignIn";
import { SignInForm } from "./SignInForm";
import "./alone.css";

/** The page before everything. `first`: nobody has a password yet. */
export function SignInPage({ first }: { first: boolean }): ReactNode {
  const t = useText();
  const provider = useSession((state) => state.session?.oidc ?? "");
  const notice = useSession((state) => state.session?.notice ?? "");
  return (
    <main className="shell-alone">
      <h1 className="shell-brand">{t("app.name")}</h1>
      <section className="shell-card" aria-labelledby="sign-in">
        <h2 id="sign-in">{t("shell.sign-in-title")}</h2>
        {notice !== "" && <p className="shell-notice">{notice}</p>}
        {provider !== "" && <ProviderSignIn label={provider} />}
        {first ? <p>{t("shell.no-users")}</p> : <SignInForm />}
      </section>
    </main>
  );
}
