import type { ReactNode } from "react";
import { useText } from "../text";
import { Button, IconButton } from "./Button";
import { Icon } from "./Icon";
import { dismiss, useNotices } from "./notices";

const ICONS = { info: "info", good: "check", warning: "warning", error: "error" } as const;

/** The notices, and the live region that reads actions out. */
export function Notices(): ReactNode {
  const t = useText();
  const { notices, spoken } = useNotices();
  return (
    <>
      <div className="notices" role="status">
        {notices.map(({ id, level, text, action }) => (
          <div key={id} className={`notice notice-${level}`}>
            <Icon name={ICONS[level]} />
            <span>{text}</span>
            {action && (
              <Button
                look="quiet"
                onClick={() => {
                  dismiss(id);
                  action.run();
                }}
              >
                {action.label}
              </Button>
            )}
            <IconButton icon="close" label={t("notice.dismiss")} onClick={() => dismiss(id)} />
          </div>
        ))}
      </div>
      <div className="only-read" aria-live="polite" key={spoken.count % 2}>
        {spoken.text}
      </div>
    </>
  );
}
