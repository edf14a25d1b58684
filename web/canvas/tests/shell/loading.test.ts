import { afterEach, expect, test, vi } from "vitest";
import { deploy } from "../../src/deploy/deploy";
import { requestFor } from "../../src/deploy/request";
import type { FlowDoc } from "../../src/model/flow";
import { refresh } from "../../src/shell/loading";
import { useProject } from "../../src/store/project";

afterEach(() => vi.unstubAllGlobals());

/** A server that runs what is deployed. */
class Server {
  readonly runs: Record<string, unknown> = {};
  private revision = 0;
  private held: { path: string; came(): void; until: Promise<void> } | null = null;

  constructor() {
    vi.stubGlobal("fetch", async (path: string, { body }: RequestInit) => {
      const answer = this.answer(path, body);
      const { held } = this;
      if (held?.path !== path) return answer;
      this.held = null;
      held.came();
      await held.until;
      return answer;
    });
  }

  /** Keep the next answer of a path: it says what was so when it was asked. */
  hold(path: string): { came: Promise<void>; letGo(): void } {
    let [came, letGo] = [(): void => {}, (): void => {}];
    const asked = new Promise<void>((done) => (came = done));
    this.held = { path, came, until: new Promise<void>((done) => (letGo = done)) };
    return { came: asked, letGo };
  }

  private answer(path: string, body: unknown): Response {
    const revision = String(this.revision);
    if (path === "/api/deploys") {
      const { flows } = JSON.parse(String(body)) as { flows: Record<string, { flow: unknown }> };
      for (const [name, { flow }] of Object.entries(flows)) this.runs[name] = flow;
      const now = String(++this.revision);
      return Response.json({ revisions: Object.fromEntries(Object.keys(flows).map((name) => [name, now])), commit: "", restarted: {}, kept: {}, warnings: [] });
    }
    const summary = (name: string): object => ({ name, revision, disk: revision, state: "running", editors: [] });
    if (path === "/api/project") return Response.json({ flows: Object.keys(this.runs).map(summary), connections: { connections: {}, revision: "" } });
    const name = path.split("/").at(-1) ?? "";
    return Response.json({ summary: summary(name), flow: this.runs[name], ports: {}, problems: [] });
  }
}

function flow(note: string): FlowDoc {
  return { flowengine: 1, note, nodes: {}, wires: [] };
}

async function put(note: string): Promise<void> {
  useProject.getState().commit("Change", "oven", (content) => ({ ...content, flows: { ...content.flows, oven: flow(note) } }));
  await deploy(requestFor(["oven"], "changed", ""));
}

/** The note of the flow and the tabs, each time something changed, from now until a promise is kept. */
async function seenUntil(done: Promise<void>): Promise<unknown[]> {
  const seen: unknown[] = [];
  const unfollow = useProject.subscribe(({ flows, tabs }) => seen.push([flows["oven"]?.note, tabs]));
  await done;
  unfollow();
  return seen;
}

test("what was asked before a deploy of ours, and is answered after it, takes nothing of it away", async () => {
  const server = new Server();
  useProject.getState().show("oven");
  const { came, letGo } = server.hold("/api/project");
  const looked = refresh();
  await came;
  await put("first");
  letGo();
  for (const one of await seenUntil(looked)) expect(one).toEqual(["first", ["oven"]]);
  expect(useProject.getState().flows["oven"]?.note).toBe("first");
});

test("a flow that was read between two deploys of ours is read again", async () => {
  const server = new Server();
  await put("second");
  useProject.setState({ bases: { oven: "another" } }); // so that it is read
  const { came, letGo } = server.hold("/api/flows/oven");
  const looked = refresh();
  await came;
  await put("third");
  letGo();
  for (const one of await seenUntil(looked)) expect(one).toEqual(["third", ["oven"]]);
});
