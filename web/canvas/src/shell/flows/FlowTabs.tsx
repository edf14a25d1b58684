import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useChecks } from "../../store/checks";
import { useFolder, useSummary } from "../../store/folder";
import { isChanged, useProject } from "../../store/project";
import { useText } from "../../text";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { MenuButton, MenuList } from "../../ui/Menu";
import { type State, StateShape, stateOf } from "./FlowState";
import { flowMenu } from "./flowMenu";
import { useView } from "../../store/view";
import { useMaySomewhere } from "../../store/session";
import "./tabs.css";

/** The open flows. Arrows move between them, Delete closes one, a right click opens its menu. */
export function FlowTabs(): ReactNode {
  const t = useText();
  const tabs = useProject((state) => state.tabs);
  const active = useProject((state) => state.active);
  const mayEdit = useMaySomewhere("editor");
  const list = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<{ flow: string; x: number; y: number } | null>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);
  const key = (event: KeyboardEvent): void => {
    const all: (string | null)[] = [null, ...tabs];
    const now = all.indexOf(active);
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Delete" && active !== null) useProject.getState().closeTab(active);
    else if (to === undefined) return;
    else show(all[(to + all.length) % all.length] ?? null);
    event.preventDefault();
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div className="shell-tabs">
      <div ref={list} role="tablist" aria-label={t("shell.flows")} className="shell-tablist" onKeyDown={key}>
        <button
          type="button"
          role="tab"
          aria-selected={active === null}
          aria-controls="flow-panel"
          aria-label={t("shell.start")}
          title={t("shell.start")}
          tabIndex={active === null ? 0 : -1}
          className="shell-tab shell-tab-start"
          onClick={() => show(null)}
        >
          <Icon name="home" />
        </button>
        {tabs.map((flow) => (
          <FlowTab key={flow} flow={flow} active={flow === active} onMenu={(event) => setMenu({ flow, x: event.clientX, y: event.clientY })} />
        ))}
      </div>
      {active !== null && <MenuButton label={t("shell.flow-menu", { flow: active })} icon="more" entries={() => flowMenu(active)} />}
      {mayEdit && <IconButton icon="plus" label={t("shell.new-flow")} onClick={() => useView.getState().openDialog("new-flow")} />}
      {menu && <MenuList label={t("shell.flow-menu", { flow: menu.flow })} entries={flowMenu(menu.flow)} at={menu} onClose={() => setMenu(null)} />}
    </div>
  );
}

function show(flow: string | null): void {
  if (flow === null) useProject.setState({ active: null });
  else useProject.getState().show(flow);
}

/** Said in a word beside the name: a flow that looks like the others but does not run. */
const UNUSUAL: ReadonlySet<State> = new Set(["stopped", "disabled", "failed", "broken"]);

function FlowTab({ flow, active, onMenu }: { flow: string; active: boolean; onMenu(event: MouseEvent): void }): ReactNode {
  const t = useText();
  const summary = useSummary(flow);
  const doc = useProject((state) => state.flows[flow]);
  const changed = useProject((state) => isChanged(state, flow));
  const problems = useChecks((state) => state.checks[flow]?.problems);
  const outside = useFolder((state) => state.overwrite[flow] !== summary?.disk) && summary !== undefined && summary.disk !== summary.revision;
  const errors = problems?.filter(({ severity }) => severity === "error").length ?? summary?.errors ?? 0;
  const disabled = doc?.disabled === true;
  const state = disabled ? "disabled" : stateOf(summary, doc !== undefined, false);
  const editors = summary?.editors ?? [];
  const words = [
    flow,
    t(`shell.state-${state}`),
    ...(changed ? [t("shell.changed")] : []),
    ...(errors > 0 ? [t("shell.errors", { count: errors })] : []),
    ...(outside ? [t("shell.changed-outside")] : []),
    ...(editors.length > 0 ? [t("shell.edited-by", { names: editors.join(", ") })] : []),
  ];
  return (
    <button
      type="button"
      role="tab"
      aria-selected={active}
      aria-controls="flow-panel"
      aria-label={words.join(", ")}
      title={words.join(", ")}
      tabIndex={active ? 0 : -1}
      className="shell-tab"
      onClick={() => show(flow)}
      onAuxClick={(event) => event.button === 1 && useProject.getState().closeTab(flow)}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu(event);
      }}
    >
      <StateShape state={state} />
      <span className="shell-tab-name">{flow}</span>
      {UNUSUAL.has(state) && <span className="shell-tab-word">{t(`shell.state-${state}`)}</span>}
      {changed && <span className="shell-dot" />}
      {errors > 0 && (
        <span className="shell-tab-errors">
          <Icon name="error" size={13} />
        </span>
      )}
      {outside && (
        <span className="shell-tab-outside">
          <Icon name="warning" size={13} />
        </span>
      )}
      {editors.length > 0 && <span className="shell-tab-editor">{(editors[0] ?? "").slice(0, 2)}</span>}
      <span
        className="shell-tab-close"
        onClick={(event) => {
          event.stopPropagation();
          useProject.getState().closeTab(flow);
        }}
      >
        <Icon name="close" size={12} />
      </span>
    </button>
  );
}
