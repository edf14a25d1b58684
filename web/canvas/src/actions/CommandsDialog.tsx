import { type ReactNode, useState } from "react";
import { useView } from "../store/view";
import { useText } from "../text";
import { Dialog } from "../ui/Dialog";
import { Finder, matches } from "../ui/Finder";
import { allActions, canRun, runAction } from "./all";
import { keysText } from "./registry";

/** Every action that can be done now, by its name. */
export function CommandsDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const [words, setWords] = useState("");
  const found = [...allActions().values()]
    .filter((action) => action.id !== "view.commands" && canRun(action) && matches(`${t(action.label)} ${action.id}`, words))
    .map(({ id, label, keys }) => ({ key: id, label: t(label), keys: keys?.[0] === undefined ? undefined : keysText(keys[0]) }))
    .sort((a, b) => rank(a.label, words) - rank(b.label, words));
  return (
    <Dialog title={t("shell.commands")} onClose={close}>
      <Finder
        label={t("shell.commands")}
        placeholder={t("shell.commands-how")}
        none={t("shell.nothing-found")}
        words={words}
        onWords={setWords}
        found={found}
        onChoose={(id) => {
          close();
          setTimeout(() => runAction(id)); // the focus is back where the action is to act
        }}
      />
    </Dialog>
  );
}

/** Names that begin with the words come first. */
function rank(label: string, words: string): number {
  return words !== "" && label.toLowerCase().startsWith(words.toLowerCase()) ? 0 : 1;
}
