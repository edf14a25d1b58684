import { type ReactNode, useEffect, useState } from "react";
import { goTo } from "../canvas/stage";
import { usePalette } from "../store/palette";
import { useProject } from "../store/project";
import { useView } from "../store/view";
import { useText } from "../text";
import { Dialog } from "../ui/Dialog";
import { Finder } from "../ui/Finder";
import { loadAllFlows } from "./loading";
import { type Hit, search } from "./search";

/** Words of the last search: they are there when the dialog is opened again. */
let before = "";

/** Search nodes of all flows; arrows go from one to the next, the canvas follows. */
export function SearchDialog(): ReactNode {
  const t = useText();
  const close = useView((state) => state.closeDialog);
  const flows = useProject((state) => state.flows);
  const types = usePalette((state) => state.types);
  const [words, setWords] = useState(before);
  const [loaded, setLoaded] = useState(false);
  useEffect(() => {
    void loadAllFlows().finally(() => setLoaded(true));
  }, []);
  const hits = search(flows, words);
  const hitOf = (key: string): Hit | undefined => hits.find((hit) => keyOf(hit) === key);
  const show = (key: string, stay: boolean): void => {
    const hit = hitOf(key);
    if (hit === undefined) return;
    if (stay && useProject.getState().active !== hit.flow) return; // the next flow is shown when it is chosen
    jump(hit, !stay);
    if (!stay) close();
  };
  return (
    <Dialog title={t("shell.search")} onClose={close} look="top">
      <Finder
        label={t("shell.search")}
        placeholder={t("shell.search-how")}
        none={t(loaded ? "shell.nothing-found" : "shell.loading")}
        words={words}
        onWords={(next) => {
          before = next;
          setWords(next);
        }}
        found={hits.map((hit) => {
          const kind = types[hit.type]?.kind;
          return { key: keyOf(hit), label: hit.node, detail: `${hit.type} · ${hit.flow}`, below: hit.place, icon: kind === undefined ? undefined : kind };
        })}
        onChoose={(key) => show(key, false)}
        onReach={(key) => show(key, true)}
      />
    </Dialog>
  );
}

function jump({ flow, node }: Hit, focus: boolean): void {
  useProject.getState().show(flow);
  useView.getState().select(flow, { nodes: [node] });
  useView.getState().find(flow, node);
  if (focus) setTimeout(() => goTo(flow, node)); // when the dialog has given the focus back
}

function keyOf({ flow, node }: Hit): string {
  return `${flow}\n${node}`;
}
