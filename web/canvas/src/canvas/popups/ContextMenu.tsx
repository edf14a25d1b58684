import type { ReactNode } from "react";
import { canRun } from "../../actions/all";
import { keysText } from "../../actions/registry";
import { useText } from "../../text";
import { type MenuEntry, MenuList } from "../../ui/Menu";
import { menuFor } from "./menus";
import { close, type Popup } from "./popups";

/** The actions for what was pointed at: the same list as everywhere, cut to what can be done here. */
export function ContextMenu({ popup }: { popup: Extract<Popup, { kind: "menu" }> }): ReactNode {
  const t = useText();
  const sections = menuFor(popup.of)
    .map((section) => section.filter(canRun))
    .filter((section) => section.length > 0);
  const entries = sections.flatMap((section, n): MenuEntry[] => [
    ...(n > 0 ? (["line"] as const) : []),
    ...section.map((action) => ({
      label: t(action.label),
      keys: action.keys?.[0] && keysText(action.keys[0]),
      danger: action.id === "canvas.delete",
      run: action.run,
    })),
  ]);
  return <MenuList label={t("canvas.menu")} entries={entries} at={popup.screen} onClose={close} />;
}
