import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { wireKey } from "../model/wires";
import { useProject } from "../store/project";
import { useMay } from "../store/session";
import { NOTHING, useView } from "../store/view";
import { useText } from "../text";
import { FlowSettings } from "./FlowSettings";
import { backToCanvas, useFocusWish } from "./focus";
import { ManySettings } from "./ManySettings";
import { NodeSettings } from "./NodeSettings";
import { WireSettings } from "./WireSettings";
import "../forms/forms.css";
import "./settings.css";

/** The form of what is selected: a node, a wire, several things, or the flow itself. */
export default function Settings(): ReactNode {
  const t = useText();
  const flow = useProject((state) => state.active);
  const doc = useProject((state) => (state.active === null ? undefined : state.flows[state.active]));
  const selection = useView((state) => (flow === null ? NOTHING : (state.selections[flow] ?? NOTHING)));
  const readonly = !useMay("editor", flow);
  const pane = useRef<HTMLDivElement>(null);
  const nodes = selection.nodes.filter((id) => doc?.nodes[id] !== undefined);
  const wires = doc?.wires.filter((wire) => selection.wires.includes(wireKey(wire))) ?? [];
  useFirstField(pane);
  if (flow === null || doc === undefined) return <p className="settings-none">{t("settings.nothing")}</p>;

  const leave = (event: KeyboardEvent): void => {
    // A list, an editor or a dialog may need Escape for itself.
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (event.target instanceof Element && event.target.closest("dialog, .cm-editor")) return;
    event.preventDefault();
    event.stopPropagation();
    backToCanvas(nodes[0]);
  };
  const one = nodes[0];
  const wire = wires[0];
  return (
    <div className="settings" ref={pane} onKeyDown={leave}>
      {readonly && <p className="settings-readonly">{t("settings.readonly")}</p>}
      {nodes.length === 1 && one !== undefined ? (
        <NodeSettings key={`${flow}/${one}`} flow={flow} doc={doc} id={one} readonly={readonly} />
      ) : nodes.length === 0 && wires.length === 1 && wire !== undefined ? (
        <WireSettings key={`${flow}/${wireKey(wire)}`} flow={flow} doc={doc} wire={wire} readonly={readonly} />
      ) : nodes.length + wires.length > 1 ? (
        <ManySettings flow={flow} nodes={nodes} wires={wires} readonly={readonly} />
      ) : (
        <FlowSettings key={flow} flow={flow} doc={doc} readonly={readonly} />
      )}
    </div>
  );
}

const FIELD = "input:not([readonly]), select:not(:disabled), textarea, .cm-content";
/** Code whose editor is still being fetched: it has the focus in its stead. */
const WAITING = ".form-code-waiting";

/** Put the focus into the first field of the form when someone asked for that; the form may still be on its way. */
function useFirstField(pane: { current: HTMLElement | null }): void {
  const wish = useFocusWish((state) => state.wish);
  useEffect(() => {
    if (wish === 0) return;
    /** The code that the focus waits for; while it does, whoever moves the focus ends that. */
    let code: Element | null = null;
    const focus = (): boolean => {
      const now = document.activeElement;
      if (code !== null && now !== document.body && !now?.matches(WAITING)) return done();
      if (!code?.isConnected) code = null; // the form has been drawn anew meanwhile
      const form = pane.current?.querySelector(".form");
      const field = (code ?? form)?.querySelector<HTMLElement>(code === null ? `${FIELD}, ${WAITING}` : `.cm-content, ${WAITING}`);
      field?.focus();
      if (field?.matches(WAITING)) code = field.closest(".form-code");
      else if (code === null ? form : field) return done();
      return false;
    };
    const done = (): boolean => {
      useFocusWish.setState({ wish: 0 });
      return true;
    };
    if (focus() || pane.current === null) return;
    const watch = new MutationObserver(() => focus() && watch.disconnect());
    watch.observe(pane.current, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, [wish, pane]);
}
