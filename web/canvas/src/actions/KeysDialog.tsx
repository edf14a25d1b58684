import type { ReactNode } from "react";
import { useView } from "../store/view";
import { type Key, useText } from "../text";
import { Dialog } from "../ui/Dialog";
import { allActions, mayRun } from "./all";
import { type Action, keysText } from "./registry";
import "./keys.css";

const PLACES: [Action["where"], Key][] = [
  ["everywhere", "shell.keys-everywhere"],
  ["canvas", "shell.keys-canvas"],
];

/** The map of keys, made from the actions themselves. */
export function KeysDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const actions = [...allActions().values()].filter((action) => action.keys !== undefined && mayRun(action));
  return (
    <Dialog title={t("shell.keys")} onClose={close} wide>
      <div className="keys" tabIndex={0} role="group" aria-label={t("shell.keys")}>
        {PLACES.map(([where, title]) => (
          <section key={title} aria-label={t(title)}>
            <h3>{t(title)}</h3>
            <dl>
              {distinct(actions.filter((action) => (action.where ?? "everywhere") === where)).map((action) => (
                <div key={action.id} className="keys-row">
                  <dt>{t(action.label)}</dt>
                  <dd>
                    {action.keys?.map((keys) => (
                      <kbd key={keys}>{keysText(keys)}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** Two rooms may share keys (each for what is selected): the first one is shown. */
function distinct(actions: readonly Action[]): Action[] {
  const known = new Set<string>();
  return actions.filter(({ keys }) => {
    const key = keys?.join(" ") ?? "";
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}
