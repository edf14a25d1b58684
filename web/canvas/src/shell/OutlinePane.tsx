import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { canRun } from "../actions/all";
import { keysText } from "../actions/registry";
import { menuFor } from "../canvas/popups/menus";
import { goTo } from "../canvas/stage";
import { useChecks } from "../store/checks";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { useText } from "../text";
import { Icon, type IconName } from "../ui/Icon";
import { type MenuEntry, MenuList } from "../ui/Menu";
import { openSettings } from "../settings/focus";
import { ROOT, seen, type Twig, twigsOf } from "./outline";
import "./outline.css";

/** The flow as a tree: the canvas for those who do not see it. Arrows walk, Enter opens the settings, Shift+F10 the actions. */
export function OutlinePane(): ReactNode {
  const t = useText();
  const flow = useProject((state) => state.active);
  const doc = useProject((state) => (flow === null ? undefined : state.flows[flow]));
  const problems = useChecks((state) => (flow === null ? undefined : state.checks[flow]?.problems));
  const types = usePalette((state) => state.types);
  const chosen = useView((state) => (flow === null ? undefined : state.selections[flow]));
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [focus, setFocus] = useState(ROOT);
  const [menu, setMenu] = useState<{ x: number; y: number; of: "node" | "wire" } | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const twigs = useMemo(() => (doc === undefined ? [] : twigsOf(doc)), [doc]);
  if (flow === null || doc === undefined) return null;
  const shown = seen(twigs, closed);
  const here = shown.some(({ id }) => id === focus) ? focus : ROOT;
  const faulty = new Set(problems?.filter(({ severity }) => severity === "error").map(({ node }) => node.split("/")[0]));

  const choose = (twig: Twig): void => {
    setFocus(twig.id);
    if (twig.kind === "node") goTo(flow, twig.node, false);
    else if (twig.wire !== undefined) useView.getState().select(flow, { wires: [twig.wire] });
  };
  const move = (to: Twig | undefined): void => {
    if (to === undefined) return;
    choose(to);
    tree.current?.querySelector<HTMLElement>(`[data-twig="${CSS.escape(to.id)}"]`)?.focus();
  };
  const fold = (id: string, shut: boolean): void => {
    const next = new Set(closed);
    if (shut) next.add(id);
    else next.delete(id);
    setClosed(next);
  };
  const openMenu = (twig: Twig, at: { x: number; y: number }): void => {
    if (twig.kind === "flow") return;
    choose(twig);
    setMenu({ ...at, of: twig.kind === "node" ? "node" : "wire" });
  };
  const key = (event: KeyboardEvent): void => {
    const at = shown.findIndex(({ id }) => id === here);
    const twig = shown[at];
    if (twig === undefined) return;
    const open = twig.branches > 0 && !closed.has(twig.id);
    if (event.key === "ArrowDown") move(shown[at + 1]);
    else if (event.key === "ArrowUp") move(shown[at - 1]);
    else if (event.key === "Home") move(shown[0]);
    else if (event.key === "End") move(shown.at(-1));
    else if (event.key === "ArrowRight") {
      if (open) move(shown[at + 1]);
      else if (twig.branches > 0) fold(twig.id, false);
    } else if (event.key === "ArrowLeft") {
      if (open) fold(twig.id, true);
      else move(shown.find(({ id }) => id === twig.parent));
    } else if (event.key === "Enter" || event.key === " ") {
      choose(twig);
      if (twig.kind === "node") openSettings();
      else if (twig.other !== undefined) move(twigs.find(({ id }) => id === `node ${twig.other?.split(".")[0]}`));
    } else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) openMenu(twig, corner(event.target));
    else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey)
      move([...shown.slice(at + 1), ...shown.slice(0, at)].find((one) => one.kind === "node" && one.node.toLowerCase().startsWith(event.key.toLowerCase())));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const name = (twig: Twig): string => {
    if (twig.kind === "flow") return t("outline.flow", { flow, count: twig.branches });
    if (twig.kind === "out") return t(twig.port ? "outline.out-port" : "outline.out", { port: twig.port ?? "", other: twig.other ?? "" });
    if (twig.kind === "in") return t(twig.port ? "outline.in-port" : "outline.in", { port: twig.port ?? "", other: twig.other ?? "" });
    return twig.node;
  };
  return (
    <div className="outline">
      <div ref={tree} role="tree" aria-label={t("outline.tree")} onKeyDown={key}>
        {shown.map((twig) => {
          const spec = doc.nodes[twig.node];
          const selected = twig.kind === "node" ? (chosen?.nodes.includes(twig.node) ?? false) : twig.wire !== undefined && (chosen?.wires.includes(twig.wire) ?? false);
          const kind = twig.kind === "node" ? (types[spec?.type ?? ""]?.kind ?? "transform") : null;
          return (
            <div
              key={twig.id}
              data-twig={twig.id}
              role="treeitem"
              aria-level={twig.level}
              aria-selected={selected}
              aria-expanded={twig.branches > 0 ? !closed.has(twig.id) : undefined}
              tabIndex={twig.id === here ? 0 : -1}
              className={`outline-twig outline-level-${twig.level}`}
              onClick={() => choose(twig)}
              onFocus={() => setFocus(twig.id)}
              onDoubleClick={() => (twig.kind === "node" ? openSettings() : undefined)}
              onContextMenu={(event) => {
                event.preventDefault();
                openMenu(twig, { x: event.clientX, y: event.clientY });
              }}
            >
              <span
                className="outline-fold"
                onClick={(event) => {
                  if (twig.branches === 0) return;
                  event.stopPropagation();
                  fold(twig.id, !closed.has(twig.id));
                }}
              >
                {twig.branches > 0 && <Icon name={closed.has(twig.id) ? "right" : "down"} size={12} />}
              </span>
              {kind !== null && <Icon name={(kind === "connection" ? "connection" : kind) as IconName} size={14} />}
              <span className="outline-name">{name(twig)}</span>
              {twig.kind === "node" && (
                <span className="outline-type">
                  {spec?.type}
                  {spec?.disabled && `, ${t("outline.disabled")}`}
                </span>
              )}
              {faulty.has(twig.node) && twig.kind === "node" && (
                <span className="outline-fault">
                  <Icon name="error" size={13} />
                  <span className="only-read">{t("problems.error")}</span>
                </span>
              )}
            </div>
          );
        })}
      </div>
      {menu && <MenuList label={t("outline.actions")} entries={entriesFor(menu.of, t)} at={menu} onClose={() => setMenu(null)} />}
    </div>
  );
}

/** What can be done with what is selected: the same actions as on the canvas. */
function entriesFor(of: "node" | "wire", t: ReturnType<typeof useText>): MenuEntry[] {
  return menuFor(of).flatMap((actions, index): MenuEntry[] => {
    const entries = actions.filter(canRun).map((action): MenuEntry => {
      const keys = action.keys?.[0];
      return { label: t(action.label), keys: keys === undefined ? undefined : keysText(keys), danger: action.id === "canvas.delete", run: action.run };
    });
    return index > 0 && entries.length > 0 ? ["line", ...entries] : entries;
  });
}

function corner(target: EventTarget): { x: number; y: number } {
  if (!(target instanceof Element)) return { x: 0, y: 0 };
  const { left, bottom } = target.getBoundingClientRect();
  return { x: left + 24, y: bottom };
}
