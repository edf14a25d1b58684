/** What goes on while the workbench is open: loading, checking, saving drafts, hearing of others. */
import { watch, startStream } from "../live/start";
import { checkSoon } from "../store/checks";
import { useFolder } from "../store/folder";
import { changedFlows, useProject } from "../store/project";
import { may, useSession, whenBack } from "../store/session";
import { useView } from "../store/view";
import { fetchLater } from "../ui/later";
import { draftSeen, findDrafts, flushDrafts, keepDrafts } from "./drafts/drafts";
import { deployedBy, loadFlow, loadProject, refresh } from "./loading";
import { openTabs, rememberTabs } from "./flows/tabs";

/** Narrower than this the palette lies over the canvas; the same as in shell.css. */
const OVERLAY = 1024;

/** Begin; returns what ends all of it. */
export function begin(): () => void {
  if (innerWidth < OVERLAY) useView.setState({ paletteOpen: false }); // it would cover the flow
  const loaded = loadProject();
  const ends = [keepDrafts(), keepChecked(), keepOpen(), rememberTabs(), stream(loaded), fetchLater(), whenBack(back)];
  void loaded
    .then(() => {
      openTabs();
      return findDrafts();
    })
    .catch(() => {}); // the page says why, and offers to try again
  return () => ends.forEach((end) => end());
}

/** What could not be saved is saved, and what was missed is seen. */
function back(): void {
  flushDrafts();
  void refresh();
}

/** `loaded`: what is told before that is known is asked for after it. */
function stream(loaded: Promise<void>): () => void {
  const end = startStream({
    project: () => {
      flushDrafts();
      void loaded.then(refresh).catch(() => {});
    },
    deployed: ({ flow, revision, by }) => deployedBy(flow, revision, by),
    draft: ({ flow, revision }) => draftSeen(flow, revision),
  });
  const tell = (): void => {
    const { active, tabs } = useProject.getState();
    const changed = new Set(changedFlows(useProject.getState()));
    const editing = tabs.filter((flow) => (flow === active || changed.has(flow)) && may("editor", flow));
    watch({ flows: active === null ? [] : [active], editing });
  };
  let told = "";
  const unfollow = useProject.subscribe((now, before) => {
    if (now.active === before.active && now.tabs === before.tabs && now.flows === before.flows && now.deployed === before.deployed) return;
    const next = JSON.stringify([now.active, now.tabs, changedFlows(now)]);
    if (next === told) return;
    told = next;
    tell();
  });
  tell();
  return () => {
    unfollow();
    end();
  };
}

/** Check each flow a moment after it changed, and all of them when what they share did. */
function keepChecked(): () => void {
  return useProject.subscribe((now, before) => {
    if (now.flows === before.flows && now.connections === before.connections) return;
    const all = now.connections !== before.connections;
    for (const [flow, doc] of Object.entries(now.flows)) {
      const fresh = before.flows[flow] === undefined && now.deployed.flows[flow] === doc; // it came with its problems
      if (all || (before.flows[flow] !== doc && !fresh)) checkSoon(flow);
    }
  });
}

/** The flow in front is brought in, whoever showed it. */
function keepOpen(): () => void {
  const bring = async (flow: string | null): Promise<void> => {
    if (flow === null) return;
    const there = await loadFlow(flow);
    if (!there && useProject.getState().flows[flow] === undefined && useSession.getState().session?.user !== "") useProject.getState().closeTab(flow);
  };
  return useProject.subscribe((now, before) => {
    if (now.active === before.active) return;
    if (now.active === null) useView.getState().openDrawer(null);
    if (useFolder.getState().project !== null) void bring(now.active);
  });
}
