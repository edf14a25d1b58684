import { type ReactNode, Suspense, useSyncExternalStore } from "react";
import { useProject } from "../store/project";
import { useSession } from "../store/session";
import { useView } from "../store/view";
import { number, useText } from "../text";
import { useEngine } from "./engine";
import { LiveDialogs } from "./LiveDialogs";
import { useAge, useLink } from "./link";
import { editorsOf, onPresence } from "./presence";
import "./live.css";

/** The engine in one line, and whether what is shown is live. */
export function StatusBar(): ReactNode {
  return (
    <>
      <footer className="live-status">
        <LinkWord />
        <Figures />
        <People />
      </footer>
      <Suspense fallback={null}>
        <LiveDialogs />
      </Suspense>
    </>
  );
}

/** Said in words and by a shape: an old value that looks live is a danger. */
function LinkWord(): ReactNode {
  const t = useText();
  const { state, polling } = useLink();
  const age = useAge();
  const text =
    state === "live"
      ? t(polling ? "live.polling" : "live.live")
      : state === "connecting"
        ? t("live.connecting")
        : age === null
          ? t("live.lost")
          : t("live.lost-age", { seconds: age });
  return (
    <span className={`live-link live-link-${state}`} title={polling ? t("live.polling-why") : undefined}>
      <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
        {state === "lost" ? <path d="M5 0L10 10H0z" fill="currentColor" /> : <circle cx="5" cy="5" r="3.5" fill={state === "live" ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.5" />}
      </svg>
      {text}
    </span>
  );
}

function Figures(): ReactNode {
  const t = useText();
  const engine = useEngine((state) => state.engine);
  const openDialog = useView((state) => state.openDialog);
  const stale = useLink((link) => link.state === "lost");
  if (engine === null) return null;
  return (
    <span className={`live-figures ${stale ? "live-stale" : ""}`}>
      <span className="live-roomy">{t("live.running", { count: engine.running })}</span>
      <span>{t("live.rate", { rate: number(engine.rate, 3) })}</span>
      <span className={engine.dropped > 0 ? "live-some" : "live-roomy"} title={t("live.dropped-why")}>
        {t("live.dropped", { count: engine.dropped })}
      </span>
      <span className={engine.failed > 0 ? "live-some" : "live-roomy"}>{t("live.failed", { count: engine.failed })}</span>
      <button
        type="button"
        className={`live-letters ${engine.dead_letters > 0 ? "live-some" : ""}`}
        onClick={() => openDialog("dead-letters")}
      >
        {t("live.dead-letters", { count: engine.dead_letters })}
      </button>
      <span className="live-wide" title={t("live.lag-why")}>
        {t("live.lag", { ms: number(engine.lag, 2) })}
      </span>
      <span className="live-wide">{t("live.memory", { mb: Math.round(engine.memory / 1e6) })}</span>
    </span>
  );
}

/** Who looks, and who else edits the flow in front. */
function People(): ReactNode {
  const t = useText();
  const streams = useEngine((state) => state.engine?.streams ?? 0);
  const user = useSession((state) => state.session?.user ?? "");
  const active = useProject((state) => state.active);
  const editors = useSyncExternalStore(onPresence, () => (active === null ? "" : editorsOf(active).join(", ")));
  if (user === "") return null;
  return (
    <span className="live-people live-wide">
      {editors !== "" && <strong>{t("live.editing", { names: editors })}</strong>}
      {streams > 0 && <span title={t("live.connected-why")}>{t("live.connected", { count: streams })}</span>}
    </span>
  );
}
