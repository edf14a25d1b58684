import { type KeyboardEvent, type ReactNode, Suspense, useRef } from "react";
import { problemCount } from "../problems/all";
import { InfoPane } from "../settings/InfoPane";
import { SettingsPane } from "../settings/SettingsPane";
import { useChecks } from "../store/checks";
import { useProject } from "../store/project";
import { type DrawerTab, useView } from "../store/view";
import { useText } from "../text";
import { IconButton } from "../ui/Button";
import { Icon, type IconName } from "../ui/Icon";
import { Broken } from "../ui/Broken";
import { later } from "../ui/later";
import { DrawerEdge } from "./DrawerEdge";
import "./drawer.css";

const DebugPane = later(() => import("../debug/DebugPane").then((part) => part.DebugPane));
const HistoryPane = later(() => import("../deploy/HistoryPane").then((part) => part.HistoryPane));
const OutlinePane = later(() => import("./OutlinePane").then((part) => part.OutlinePane));
const ProblemsPane = later(() => import("../problems/ProblemsPane").then((part) => part.ProblemsPane));

const TABS: Record<DrawerTab, { icon: IconName; pane: () => ReactNode }> = {
  settings: { icon: "settings", pane: () => <SettingsPane /> },
  info: { icon: "info", pane: () => <InfoPane /> },
  debug: { icon: "debug", pane: () => <DebugPane /> },
  problems: { icon: "warning", pane: () => <ProblemsPane /> },
  outline: { icon: "outline", pane: () => <OutlinePane /> },
  history: { icon: "history", pane: () => <HistoryPane /> },
};
const ALL = Object.keys(TABS) as DrawerTab[];

/** The panes at the right: a rail of tabs that is always there, and the pane that was chosen. */
export function Drawer(): ReactNode {
  const t = useText();
  const open = useView((state) => state.drawer);
  const openDrawer = useView((state) => state.openDrawer);
  const rail = useRef<HTMLDivElement>(null);
  const key = (event: KeyboardEvent): void => {
    const tabs = [...(rail.current?.querySelectorAll<HTMLElement>("[role=tab]") ?? [])];
    const now = tabs.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    tabs[(to + tabs.length) % tabs.length]?.focus();
  };
  return (
    <aside className="shell-side" aria-label={t("shell.panes")} data-region>
      {open !== null && (
        <div className="shell-drawer" id="drawer" role="tabpanel" aria-label={t(`shell.pane-${open}`)}>
          <DrawerEdge />
          <div className="shell-drawer-head">
            <h2>{t(`shell.pane-${open}`)}</h2>
            <IconButton icon="close" label={t("shell.close-pane")} onClick={() => openDrawer(null)} />
          </div>
          <div className="shell-drawer-body">
            <Broken key={open}>
              <Suspense fallback={<p className="shell-quiet shell-middle">{t("shell.loading")}</p>}>{TABS[open].pane()}</Suspense>
            </Broken>
          </div>
        </div>
      )}
      <div ref={rail} role="tablist" aria-label={t("shell.panes")} aria-orientation="vertical" className="shell-rail" onKeyDown={key}>
        {ALL.map((tab, index) => (
          <button
            key={tab}
            type="button"
            role="tab"
            aria-selected={tab === open}
            aria-controls={tab === open ? "drawer" : undefined}
            title={t(`shell.pane-${tab}`)}
            tabIndex={tab === open || (open === null && index === 0) ? 0 : -1}
            className="shell-rail-tab"
            onClick={() => openDrawer(tab === open ? null : tab)}
          >
            <Icon name={TABS[tab].icon} size={18} />
            <span className="shell-rail-word">{t(`shell.pane-${tab}`)}</span>
            {tab === "problems" && <ProblemBadge />}
          </button>
        ))}
      </div>
    </aside>
  );
}

function ProblemBadge(): ReactNode {
  const t = useText();
  const checks = useChecks((state) => state.checks);
  const flows = useProject((state) => state.flows);
  const { errors, warnings } = problemCount(checks, flows);
  if (errors + warnings === 0) return null;
  return (
    <span className={`shell-badge ${errors > 0 ? "shell-badge-error" : "shell-badge-warning"}`}>
      <span aria-hidden="true">{errors > 0 ? errors : warnings}</span>
      <span className="only-read"> {errors > 0 ? t("shell.errors", { count: errors }) : t("start.warnings", { count: warnings })}</span>
    </span>
  );
}
