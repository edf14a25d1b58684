import type { ReactNode } from "react";
import { allActions } from "../actions/all";
import { keysText } from "../actions/registry";
import { useMaySomewhere } from "../store/session";
import { useView } from "../store/view";
import { type Key, useText } from "../text";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import "./nodered.css";

const NAMES = ["tab", "node", "wire", "subflow", "config", "env", "credentials", "message", "catch", "context", "function", "inject", "debug", "dashboard"] as const;
const PLACES = ["palette", "sidebar", "deploy", "import", "projects", "users", "settings", "unknown"] as const;
/** What Node-RED has under a key, and the action here. */
const KEYS: [string, string][] = [
  ["Ctrl+Shift+P", "view.commands"],
  ["Ctrl+D", "deploy.open"],
  ["Ctrl+I", "flow.import"],
  ["Ctrl+E", "flow.export"],
  ["Ctrl+F", "view.search"],
  ["Ctrl+P", "view.palette"],
  ["Ctrl+Space", "view.drawer"],
  ["Ctrl+Z", "edit.undo"],
  ["Enter", "canvas.settings"],
  ["Ctrl+Click", "canvas.add"],
  ["Ctrl+Shift+G", "canvas.group"],
];

/** For who comes from Node-RED: what things are called here, where they are, and by which keys. */
export function ComingDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const openDialog = useView((state) => state.openDialog);
  const mayEdit = useMaySomewhere("editor");
  const actions = allActions();
  return (
    <Dialog
      title={t("nodered.help")}
      onClose={close}
      wide
      actions={
        <>
          {mayEdit && (
            <Button icon="import" onClick={() => openDialog("import")}>
              {t("shell.import")}
            </Button>
          )}
          <Button look="primary" onClick={close}>
            {t("nodered.close")}
          </Button>
        </>
      }
    >
      <div className="red-coming" tabIndex={0} role="group" aria-label={t("nodered.help")}>
        <p>{t("nodered.help-intro")}</p>
        <Table title={t("nodered.names")} rows={NAMES.map((name) => [t(`nodered.there-${name}`), t(`nodered.here-${name}`)])} />
        <Table title={t("nodered.places")} rows={PLACES.map((name) => [t(`nodered.there-${name}`), t(`nodered.here-${name}`)])} />
        <Table
          title={t("nodered.keys")}
          rows={KEYS.flatMap(([there, id]): [string, ReactNode][] => {
            const action = actions.get(id);
            if (action?.keys?.[0] === undefined) return [];
            return [[there, <KeyRow key={id} keys={action.keys[0]} label={action.label} />]];
          })}
        />
        <p className="shell-quiet">{t("nodered.help-more")}</p>
      </div>
    </Dialog>
  );
}

function KeyRow({ keys, label }: { keys: string; label: Key }): ReactNode {
  const t = useText();
  return (
    <>
      <kbd>{keysText(keys)}</kbd> {t(label)}
    </>
  );
}

function Table({ title, rows }: { title: string; rows: [string, ReactNode][] }): ReactNode {
  const t = useText();
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">Node-RED</th>
          <th scope="col">{t("nodered.here")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([there, here]) => (
          <tr key={there}>
            <th scope="row">{there}</th>
            <td>{here}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
