import type { ReactNode } from "react";
import { moment, useText } from "../../text";
import { Icon } from "../../ui/Icon";
import type { Control } from "../control";
import "./controls.css";

interface Props {
  control: Control;
  /** Write a value as the widget does. */
  write(value: unknown): string;
}

/** What became of what the operator did: in words, never only by where a handle stands. */
export function OutcomeLine({ control, write }: Props): ReactNode {
  const t = useText();
  const { outcome, barred, reads, real, lastSent } = control;
  const line = (kind: string, text: string, icon?: "warning" | "error" | "check" | "lock"): ReactNode => (
    <p className={`dash-outcome dash-outcome-${kind}`} role="status">
      {icon && <Icon name={icon} />}
      {text}
    </p>
  );
  if (barred !== null) return line("barred", t(`dashboard.barred-${barred}`), "lock");
  switch (outcome.kind) {
    case "sending":
      return line("wait", t("dashboard.sending", { value: write(outcome.value) }));
    case "sent":
      return line("wait", t(reads ? "dashboard.sent" : "dashboard.sent-only", { value: write(outcome.value) }));
    case "taken":
      return line("good", t("dashboard.taken", { value: write(outcome.value) }), "check");
    case "other":
      return line("warning", t("dashboard.other", { value: write(outcome.value), real: write(real) }), "warning");
    case "silent":
      return line("warning", t("dashboard.silent", { value: write(outcome.value) }), "warning");
    case "refused":
      return line("error", t("dashboard.refused", { reason: outcome.reason }), "error");
    case "idle":
      if (reads) return line("idle", real === undefined ? t("dashboard.unknown") : "");
      return line("idle", lastSent === null ? "" : t("dashboard.last-sent", { value: write(lastSent.value), time: moment(lastSent.at) }));
  }
}
