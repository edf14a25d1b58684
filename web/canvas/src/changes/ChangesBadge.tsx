import type { ReactNode } from "react";
import { useFolder } from "../store/folder";
import { useView } from "../store/view";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import "./changes.css";

/** In the header where two keys are in force: how many changes wait for their yeses, and whether somebody runs one alone. */
export function ChangesBadge(): ReactNode {
  const t = useText();
  const keys = useFolder((state) => state.project?.two_keys);
  if (keys === undefined || !keys.in_force) return null;
  const label = keys.glass === "" ? t("changes.waiting", { count: keys.waiting }) : t("changes.glass-on", { text: keys.glass });
  return (
    <button
      type="button"
      className={`changes-badge ${keys.glass === "" ? "" : "changes-badge-glass"}`}
      title={label}
      aria-label={label}
      onClick={() => useView.getState().openDialog("changes")}
    >
      <Icon name={keys.glass === "" ? "users" : "warning"} />
      {keys.glass === "" ? keys.waiting > 0 && <span className="changes-count">{keys.waiting}</span> : <strong>{t("changes.alone")}</strong>}
    </button>
  );
}
