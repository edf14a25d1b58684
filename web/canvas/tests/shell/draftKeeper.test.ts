import { expect, test } from "vitest";
import type { Draft } from "../../src/api/types";
import type { FlowDoc } from "../../src/model/flow";
import { DraftKeeper, type DraftServer } from "../../src/shell/drafts/draftKeeper";
import type { Keeping } from "../../src/shell/drafts/localDrafts";

const nowhere: Keeping = { put: async () => {}, remove: async () => {}, all: async () => [] };

function flow(note: string): FlowDoc {
  return { flowengine: 1, note, nodes: {}, wires: [] };
}

/** A server whose answers to `read` wait until they are let go. */
function slowServer(): DraftServer & { kept: Draft | null; answer(): void } {
  const waiting: (() => void)[] = [];
  let revision = 0;
  return {
    kept: null,
    read() {
      const found = this.kept;
      return new Promise((done) => waiting.push(() => done(found)));
    },
    async write(_, doc, base) {
      const kept: Draft = { flow: doc as unknown as Draft["flow"], base, revision: String(++revision), saved: revision };
      this.kept = kept;
      return kept.revision;
    },
    async remove() {},
    answer: () => waiting.splice(0).forEach((letGo) => letGo()),
  };
}

test("what is told late of one's own draft is no other tab, also where a newer one was saved while it was looked at", async () => {
  const server = slowServer();
  const keeper = new DraftKeeper("line", "key", server, nowhere, () => {});
  const save = async (note: string): Promise<void> => {
    keeper.want({ doc: flow(note), base: "", plain: false });
    await keeper.keepOurs(keeper.after);
  };
  await save("one");
  await save("two");
  const seen = keeper.seen("1");
  await save("three");
  server.answer();
  await seen;
  expect(keeper.state).toBe("saved");
  expect(keeper.after).toBe("3");
});

test("what another tab saved is seen", async () => {
  const server = slowServer();
  const keeper = new DraftKeeper("line", "key", server, nowhere, () => {});
  keeper.want({ doc: flow("ours"), base: "", plain: false });
  await keeper.keepOurs("");
  await server.write("line", flow("theirs"), "", "");
  const seen = keeper.seen("2");
  server.answer();
  await seen;
  expect(keeper.state).toBe("contested");
});

test("that an edit is kept in this browser is said once it is", async () => {
  const away = { ...slowServer(), write: () => Promise.reject(new Error("away")) };
  let kept = (): void => {};
  const slow: Keeping = { ...nowhere, put: () => new Promise<void>((done) => (kept = done)) };
  const states: string[] = [];
  const told = new Promise<void>((done) => {
    const keeper = new DraftKeeper("line", "key", away, slow, ({ state }) => {
      states.push(state);
      if (state === "local") done();
    });
    keeper.want({ doc: flow("ours"), base: "", plain: false });
    void keeper.keepOurs("").then(() => {
      states.push("put");
      kept();
    });
  });
  await told;
  expect(states).toEqual(["saving", "put", "local"]);
});
