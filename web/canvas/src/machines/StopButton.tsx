import type { ReactNode } from "react";
import { useMay } from "../store/session";
import { useText } from "../text";
import { stopAll } from "./acts";

/** The emergency stop, for who may press it: it acts at once, however often it is pressed. */
export function StopButton(): ReactNode {
  const t = useText();
  if (!useMay("operator")) return null;
  return (
    <button type="button" className="machines-stop" title={t("machines.stop-title")} onClick={() => void stopAll()}>
      <svg width="20" height="20" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" fill="currentColor" />
      </svg>
      {t("machines.stop")}
    </button>
  );
}
