/** Which flows are open: in the address (`#flow`), so that links and the back button work, and kept for a reload. */
import { useFolder } from "../../store/folder";
import { useProject } from "../../store/project";

const KEPT = "flowengine.tabs";

/** Open what the address says, beside the tabs of before. */
export function openTabs(): void {
  const known = useFolder.getState().project?.flows.map(({ name }) => name) ?? [];
  const there = (flow: string): boolean => known.includes(flow) || useProject.getState().flows[flow] !== undefined;
  const tabs = kept().filter(there);
  const wanted = fromAddress();
  const active = wanted !== null && there(wanted) ? wanted : null;
  useProject.setState({ tabs, active: null });
  if (active !== null) useProject.getState().show(active);
  useFolder.setState({ opened: true });
}

/** Write what is open into the address, and follow it; returns what ends that. */
export function rememberTabs(): () => void {
  const follow = (): void => {
    const flow = fromAddress();
    if (flow === useProject.getState().active) return;
    if (flow === null) useProject.setState({ active: null });
    else if (useFolder.getState().project?.flows.some(({ name }) => name === flow) || useProject.getState().flows[flow] !== undefined) useProject.getState().show(flow);
  };
  const unfollow = useProject.subscribe((now, before) => {
    if (now.tabs !== before.tabs) keep(now.tabs);
    if (now.active === before.active) return;
    if (fromAddress() !== now.active) history.pushState(null, "", now.active === null ? location.pathname : `#${encodeURIComponent(now.active)}`);
  });
  addEventListener("popstate", follow);
  addEventListener("hashchange", follow);
  return () => {
    unfollow();
    removeEventListener("popstate", follow);
    removeEventListener("hashchange", follow);
  };
}

function fromAddress(): string | null {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null;
  } catch {
    return null;
  }
}

function kept(): string[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function keep(tabs: readonly string[]): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(tabs));
  } catch {
    // Only a reload forgets them.
  }
}
