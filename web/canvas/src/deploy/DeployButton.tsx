import type { ReactNode } from "react";
import { keysText } from "../actions/registry";
import { useFolder } from "../store/folder";
import { connectionsChanged, useProject } from "../store/project";
import { useMaySomewhere } from "../store/session";
import { useView } from "../store/view";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { changeCount, waiting } from "./request";
import "./button.css";

/** How many changes wait, and the way to deploy them. */
export function DeployButton(): ReactNode {
  const t = useText();
  const mayDeploy = useMaySomewhere("editor");
  const overwrite = useFolder((state) => state.overwrite);
  const flows = useProject((state) => waiting(state, overwrite).length + (connectionsChanged(state) ? 1 : 0));
  const changes = useProject(changeCount);
  const why = !mayDeploy ? t("shell.needs-editor") : flows === 0 ? t("deploy.nothing") : t("deploy.waiting", { count: changes, flows });
  return (
    <>
      <Button
        look="primary"
        icon="deploy"
        className="deploy-button"
        title={`${why} (${keysText("mod+d")})`}
        disabled={!mayDeploy || flows === 0}
        aria-describedby="deploy-why"
        onClick={() => useView.getState().openDialog("deploy")}
      >
        {t("deploy.deploy")}
        {flows > 0 && <span className="deploy-count">{Math.max(changes, flows)}</span>}
      </Button>
      <span id="deploy-why" className="only-read">
        {why}
      </span>
    </>
  );
}
