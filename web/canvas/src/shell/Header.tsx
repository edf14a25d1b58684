import { type ReactNode, Suspense } from "react";
import { runAction, useAction } from "../actions/all";
import { keysText } from "../actions/registry";
import { DeployButton } from "../deploy/DeployButton";
import { useLink } from "../live/link";
import { MachinesPlace } from "../machines/MachinesPlace";
import { useFolder } from "../store/folder";
import { useProject } from "../store/project";
import { may } from "../store/session";
import { useView } from "../store/view";
import { t, useText } from "../text";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import type { MenuEntry } from "../ui/Menu";
import { later } from "../ui/later";
import { DraftWord } from "./drafts/DraftWord";
import { FlowTabs } from "./flows/FlowTabs";
import { UserMenu } from "./UserMenu";
import "./header.css";

const ChangesBadge = later(() => import("../changes/ChangesBadge").then((part) => part.ChangesBadge));

/** The line at the top: flows, what can be done with all of them, who works here, and the way to put it live. */
export function Header(): ReactNode {
  const t = useText();
  const active = useProject((state) => state.active);
  const paletteOpen = useView((state) => state.paletteOpen);
  const governed = useFolder((state) => state.project?.two_keys?.in_force);
  const lost = useLink((state) => state.state === "lost");
  return (
    <header className="shell-head" data-region>
      <h1 className="only-read">{t("app.name")}</h1>
      <IconButton
        icon="menu"
        label={t("shell.palette-toggle")}
        aria-expanded={paletteOpen && active !== null}
        disabled={active === null}
        onClick={() => runAction("view.palette")}
      />
      <FlowTabs />
      <MachinesPlace />
      <Suspense>{governed && <ChangesBadge />}</Suspense>
      <div className="shell-tools">
        {lost && (
          <span className="shell-lost">
            <Icon name="warning" />
            {t("shell.offline")}
          </span>
        )}
        <DraftWord />
        <ToolButton action="edit.undo" icon="undo" />
        <ToolButton action="edit.redo" icon="redo" />
        <ToolButton action="view.search" icon="search" />
        <UserMenu more={pages} onLeave={() => useProject.setState({ active: null })} />
        <DeployButton />
      </div>
    </header>
  );
}

/** What can be opened from everywhere in the editor. */
function pages(): MenuEntry[] {
  const { openDialog } = useView.getState();
  return [
    { label: t("shell.keys"), icon: "keyboard", keys: "?", run: () => openDialog("keys") },
    { label: t("nodered.help"), icon: "import", run: () => openDialog("nodered-help") },
    { label: t("shell.dashboard"), icon: "chart", run: () => location.assign("/dashboard") },
    { label: t("parts.title"), icon: "history", run: () => openDialog("parts") },
    { label: t("models.title"), icon: "transform", run: () => openDialog("models") },
    ...(may("admin") ? [{ label: t("shell.users"), icon: "users", run: () => openDialog("users") } satisfies MenuEntry] : []),
  ];
}

function ToolButton({ action, icon }: { action: string; icon: "undo" | "redo" | "search" }): ReactNode {
  const t = useText();
  const found = useAction(action);
  if (found === undefined) return null;
  const keys = found.action.keys?.[0];
  const label = t(found.action.label);
  return (
    <IconButton
      icon={icon}
      label={label}
      title={keys === undefined ? label : `${label} (${keysText(keys)})`}
      disabled={!found.can}
      onClick={() => runAction(action)}
    />
  );
}
