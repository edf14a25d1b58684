/** What the stream would have said, asked for: the road while the server has no stream to spare. */
import type { Dashboard, Live, Watching } from "../api/types";

export interface Polled {
  name: string;
  data: unknown;
}

/** Ask once for all that is watched. It throws when the server is out of reach. */
export async function pollOnce(base: string, watching: Watching): Promise<Polled[]> {
  const found: Polled[] = [{ name: "engine", data: await ask(`${base}/api/metrics`) }];
  found.push({ name: "faults", data: await ask(`${base}/api/faults`) });
  found.push({ name: "alarms", data: await ask(`${base}/api/alarms`) });
  found.push({ name: "machines", data: await ask(`${base}/api/machines`) });
  for (const flow of watching.flows ?? []) {
    const live = (await ask(`${base}/api/flows/${encodeURIComponent(flow)}/live`)) as Live | null;
    if (live !== null) found.push({ name: "live", data: { ...live, full: true } });
  }
  if (watching.debug) found.push({ name: "debug", data: await ask(`${base}/api/debug`) });
  if (watching.dashboard) {
    const dashboard = (await ask(`${base}/api/dashboard`)) as Dashboard | null;
    const shown = (dashboard?.widgets ?? []).map(({ flow, node, shown }) => [`${flow}/${node}`, shown]);
    found.push({ name: "widgets", data: Object.fromEntries(shown) });
  }
  return found.filter(({ data }) => data !== null);
}

async function ask(path: string): Promise<unknown> {
  const response = await fetch(path, { credentials: "same-origin", cache: "no-store" });
  return response.ok ? await response.json() : null; // a flow that stopped has no live values; that is no failure
}
