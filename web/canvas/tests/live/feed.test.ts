// Against a real HTTP server on loopback.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Feed, type FeedState } from "../../src/live/feed";

let server: Server;
let feed: Feed;
let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
let puts: { path: string; csrf: string; body: unknown }[];
let events: [string, unknown][];
let states: [FeedState, boolean][];
/** How many wishes are cut off before they are answered. */
let cuts: number;
let told: () => void = () => {};

/** Wait until it holds, looked at whenever something happened. */
function until(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    told = () => holds() && resolve();
    told();
  });
}

function stream(...texts: string[]): (request: IncomingMessage, response: ServerResponse) => void {
  return (_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    for (const text of texts) response.write(text);
  };
}

beforeEach(async () => {
  [answers, puts, events, states, cuts] = [[], [], [], [], 0];
  server = createServer((request, response) => {
    const path = request.url ?? "";
    if (path === "/api/stream") return (answers.shift() ?? stream())(request, response);
    if (request.method === "PUT" && cuts-- > 0) return void response.destroy();
    if (request.method === "PUT") {
      let body = "";
      request.on("data", (chunk) => (body += new TextDecoder().decode(chunk)));
      request.on("end", () => {
        puts.push({ path, csrf: String(request.headers["x-csrf-token"]), body: JSON.parse(body) });
        response.end("{}");
        told();
      });
      return;
    }
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ asked: path, nodes: {}, wires: {} }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  feed = new Feed(
    {
      event: (name, data) => {
        events.push([name, data]);
        told();
      },
      heard: () => {},
      state: (state, polling) => {
        states.push([state, polling]);
        told();
      },
    },
    `http://127.0.0.1:${server.address().port}`,
    { pauses: [10], poll: 10 },
  );
});

afterEach(async () => {
  feed.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const HELLO = 'event: hello\ndata: {"stream":"s1"}\n\n';

test("it reads events in pieces, and says what it wants with the token of the session", async () => {
  answers = [stream(": ping\n\n", HELLO.slice(0, 20), HELLO.slice(20), 'event: engine\ndata: {"rate":1}\n\n')];
  feed.watch({ flows: ["oven"] });
  feed.open("token");
  await until(() => puts.length === 1 && events.length === 2);
  expect(events[1]).toEqual(["engine", { rate: 1 }]);
  expect(puts[0]).toEqual({ path: "/api/streams/s1", csrf: "token", body: { flows: ["oven"] } });
  expect(states.map(([state]) => state)).toEqual(["connecting", "live"]);
});

test("when the server goes away it is lost, comes back by itself and says again what it wants", async () => {
  answers = [
    (_, response) => {
      response.writeHead(200);
      response.write(HELLO, () => response.destroy());
    },
    (_, response) => response.destroy(),
    stream(HELLO.replace("s1", "s2")),
  ];
  feed.watch({ flows: ["oven"] });
  feed.open("token");
  await until(() => puts.some(({ path }) => path === "/api/streams/s2"));
  const seen = states.map(([state]) => state);
  expect(seen).toContain("lost");
  expect(seen.at(-1)).toBe("live");
});

test("a wish that is cut off while the stream stays is said again, on a stream of its own", async () => {
  let beat: ReturnType<typeof setInterval> | undefined;
  const beating: typeof answers[0] = (request, response) => {
    stream(HELLO)(request, response);
    beat = setInterval(() => response.write(": ping\n\n"), 20); // it does not end by its silence
  };
  answers = [beating, stream(HELLO.replace("s1", "s2"))];
  cuts = 1;
  feed.watch({ flows: ["oven"] });
  feed.open("token");
  await until(() => puts.length === 1);
  clearInterval(beat);
  expect(puts[0]).toMatchObject({ path: "/api/streams/s2", body: { flows: ["oven"] } });
});

test("a session that has ended is said, and not tried again", async () => {
  answers = [(_, response) => response.writeHead(401).end("{}")];
  feed.open("token");
  await until(() => states.length === 2);
  expect(states.at(-1)).toEqual(["signed-out", false]);
});

test("a server without a stream to spare is polled", async () => {
  answers = Array.from({ length: 50 }, () => (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(503, { "Retry-After": "1" }).end("{}");
  });
  feed.watch({ flows: ["oven"], debug: true });
  feed.open("token");
  await until(() => events.some(([name]) => name === "debug"));
  expect(events.map(([name]) => name).slice(0, 5)).toEqual(["engine", "faults", "alarms", "machines", "live"]);
  expect(events[4]?.[1]).toMatchObject({ asked: "/api/flows/oven/live", full: true });
  expect(states).toContainEqual(["live", true]);
});

test("that a stream carries the messages of debug nodes is said once the server has heard of it, of each stream once", async () => {
  let first: ServerResponse | undefined;
  answers = [(request, response) => stream(HELLO)(request, (first = response)), stream(HELLO.replace("s1", "s2"))];
  const begins = (): unknown[] => events.filter(([name]) => name === "debug-begins");
  feed.watch({ flows: ["oven"], debug: true });
  feed.open("token");
  await until(() => begins().length === 1);
  expect(puts.length).toBe(1);
  feed.watch({ flows: ["press"], debug: true });
  await until(() => puts.length === 2);
  first?.destroy();
  await until(() => begins().length === 2);
  expect(puts.map(({ path }) => path.slice(-2))).toEqual(["s1", "s1", "s2"]);
});

test("wishes that come fast are told one after the other, the last one last", async () => {
  answers = [stream(HELLO)];
  feed.open("token");
  await until(() => events.length === 1);
  for (const flow of ["a", "b", "c", "d"]) feed.watch({ flows: [flow] });
  await until(() => JSON.stringify(puts.at(-1)?.body) === '{"flows":["d"]}');
  expect(puts.length).toBeLessThanOrEqual(3);
});
