import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { whenSignedOut } from "../api/client";
import { useSession } from "../store/session";
import { useView } from "../store/view";
import { Notices } from "../ui/Notices";
import { Broken } from "../ui/Broken";
import { later, withWords } from "../ui/later";
import { Busy } from "./Busy";
import "./hook";
import "./shell.css";

/** Two pages that need little of each other: operators load no editor. */
const DashboardPage = withWords(() => import("../dashboard/DashboardPage").then((room) => room.DashboardPage));
const Workbench = lazy(() => import("./Workbench").then((room) => ({ default: room.Workbench })));
const SignInPage = withWords(() => import("./signin/SignInPage").then((room) => room.SignInPage));
const SignInAgain = later(() => import("./signin/SignInAgain").then((room) => room.SignInAgain));
const SetupPage = withWords(() => import("./signin/SetupPage").then((room) => room.SetupPage));
const OPERATES = location.pathname.startsWith("/dashboard");

/** The page: who is not signed in signs in; who was stays where he is, and signs in again over it. */
export function App(): ReactNode {
  const theme = useView((state) => state.theme);
  const language = useView((state) => state.language);
  useEffect(() => applyTheme(theme), [theme]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <>
      <Broken>
        <Page />
      </Broken>
      <Notices />
    </>
  );
}

function Page(): ReactNode {
  const session = useSession((state) => state.session);
  const [error, setError] = useState("");
  /** Who has been working here since the page was loaded. */
  const [who, setWho] = useState("");
  const load = (): void => {
    setError("");
    useSession.getState().load().catch((reason: unknown) => setError(reason instanceof Error ? reason.message : String(reason)));
  };
  useEffect(() => {
    whenSignedOut(() => useSession.getState().lost());
    load();
  }, []);
  useEffect(() => {
    if (session !== null && session.user !== "" && who === "") setWho(session.user);
  }, [session, who]);
  const busy = <Busy error="" onRetry={load} />;
  if (location.pathname === "/setup")
    return (
      <Suspense fallback={busy}>
        <SetupPage />
      </Suspense>
    );
  if (session === null) return <Busy error={error} onRetry={load} />;
  if (session.user === "" && who === "")
    return (
      <Suspense fallback={busy}>
        <SignInPage first={session.setup} />
      </Suspense>
    );
  return (
    <>
      <Suspense fallback={busy}>{OPERATES ? <DashboardPage /> : <Workbench />}</Suspense>
      <Suspense>{session.user === "" && <SignInAgain name={who} />}</Suspense>
    </>
  );
}

/** `system` follows the computer, also when it changes in the evening. */
function applyTheme(theme: "system" | "light" | "dark"): (() => void) | undefined {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = (): void => {
    document.documentElement.dataset["theme"] = theme === "system" ? (dark.matches ? "dark" : "light") : theme;
  };
  apply();
  if (theme !== "system") return undefined;
  dark.addEventListener("change", apply);
  return () => dark.removeEventListener("change", apply);
}
