// Asks a real Node-RED: reads cases as JSON lines from stdin, writes what arrived at the tapped nodes, and what was
// logged, as JSON lines to stdout. Run with NODE_PATH at a node_modules that holds node-red (4 or 5).
const RED = require("node-red");
const fs = require("fs"), os = require("os"), path = require("path"), http = require("http"), readline = require("readline");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "answers-"));
const write = process.stdout.write.bind(process.stdout);
let seen = [], tapped = new Set();

function plain(value, around) {
  if (typeof value === "number") return isFinite(value) ? value : null;
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (value === undefined || typeof value === "function" || typeof value === "symbol") return undefined;
  if (typeof value === "bigint") return String(value);
  if (Buffer.isBuffer(value)) return { type: "Buffer", data: Array.from(value) };
  if (value instanceof Date) return value.toISOString();
  if (around.includes(value)) return "[Circular]";
  const inside = around.concat([value]);
  if (Array.isArray(value)) return value.map((each) => { const p = plain(each, inside); return p === undefined ? null : p; });
  const made = {};
  for (const key of Object.keys(value)) {
    if (around.length === 0 && (key === "req" || key === "res")) continue;
    const p = plain(value[key], inside);
    if (p !== undefined) made[key] = p;
  }
  return made;
}

const LEVELS = { 10: "fatal", 20: "error", 30: "warn", 40: "info", 50: "debug", 60: "trace" };
const settings = {
  httpAdminRoot: false, httpNodeRoot: "/", userDir: folder, flowFile: "none.json", credentialSecret: false,
  functionExternalModules: false, uiHost: "127.0.0.1",
  logging: { quiet: { level: "info", metrics: false, audit: false, handler: () => (m) => {
    if (m.id && LEVELS[m.level]) seen.push({ log: LEVELS[m.level], node: m.id, text: String(m.msg && m.msg.message || m.msg) });
  } } },
  contextStorage: { default: { module: "memory" }, second: { module: "memory" } },
};

async function main() {
  const app = require("express")();
  const server = http.createServer(app);
  await new Promise((ok) => server.listen(0, "127.0.0.1", ok));
  RED.init(server, { ...settings, uiPort: server.address().port });
  app.use("/", RED.httpNode);
  await RED.start();
  RED.hooks.add("onReceive.answers", (event) => {
    if (tapped.has(event.destination.id)) seen.push({ node: event.destination.id, msg: plain(event.msg, []) });
  });
  const wait = (ms) => new Promise((ok) => setTimeout(ok, ms));
  const turn = () => new Promise((ok) => setImmediate(ok));
  const rest = async () => {
    for (let before = -1, turns = 0; before !== seen.length && turns < 25; turns++) {  // some flows never rest
      before = seen.length;
      for (let i = 0; i < 40; i++) await turn();
    }
  };
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;
    const places = { HTTP: server.address().port, P1: await freePort(), MQTT: process.env.MQTT_PORT || 1883, DIR: fs.mkdtempSync(path.join(folder, "d")) };
    const test = JSON.parse(line.replace(/\{(HTTP|P1|MQTT|DIR)\}/g, (_, name) => places[name]));
    seen = [];
    tapped = new Set(test.tap);
    let failed;
    try {
      const started = new Promise((ok) => RED.events.once("flows:started", ok));
      await RED.runtime.flows.setFlows({ flows: { flows: test.flows }, deploymentType: "full" });
      await started;
      await wait(test.settle || 5);
      await rest();
      seen = [];  // what the nodes of the case before said when they were closed
      for (const [id, msg] of test.inject) {
        const node = RED.nodes.getNode(id);
        if (node) node.receive(revive(msg));
        await rest();
        if (test.pause) await wait(test.pause);
      }
      await wait(test.wait || 10);
      await rest();
    } catch (error) { failed = String(error); }
    let text = JSON.stringify({ name: test.name, seen, failed });
    if (test.real) for (const name in places) {
      text = text.replace(new RegExp(`:${places[name]}(?=[,}])`, "g"), `:"{${name}}"`).split(String(places[name])).join(`{${name}}`);
    }
    write(text + "\n");
    tapped = new Set();
  }
  await RED.stop();
  fs.rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

function freePort() {
  return new Promise((ok) => {
    const probe = http.createServer();
    probe.listen(0, "127.0.0.1", () => { const { port } = probe.address(); probe.close(() => ok(port)); });
  });
}

function revive(value) {
  if (value === null || typeof value !== "object") return value;
  if (value.type === "Buffer" && Array.isArray(value.data)) return Buffer.from(value.data);
  for (const key of Object.keys(value)) value[key] = revive(value[key]);
  return value;
}

main().catch((error) => { console.error(error); process.exit(1); });
