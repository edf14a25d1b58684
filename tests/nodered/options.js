// Lists the options of every core node of Node-RED, from what its editor files declare: node -> names, as JSON.
// node tests/nodered/options.js /path/to/node_modules > tests/nodered/options.json
const fs = require("fs"), path = require("path");
const found = {};

// Stands for everything of the editor that a file may touch while it declares its nodes.
const anything = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => "" : anything),
  apply: () => anything, construct: () => anything, set: () => true,
});
const RED = new Proxy({ nodes: { registerType: (type, { defaults = {}, credentials = {} }) => {
  found[type] = [...Object.keys(defaults), ...Object.keys(credentials)];
} }, _: () => "" }, { get: (known, key) => known[key] ?? anything });

function walk(folder) {
  for (const each of fs.readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, each.name);
    if (each.isDirectory()) { if (each.name !== "locales") walk(place); continue; }
    if (!each.name.endsWith(".html")) continue;
    for (const script of fs.readFileSync(place, "utf8").matchAll(/<script type="text\/javascript">([\s\S]*?)<\/script>/g)) {
      new Function("RED", "$", "window", "document", script[1])(RED, anything, anything, anything);
    }
  }
}

walk(path.join(process.argv[2], "@node-red", "nodes", "core"));
const lines = Object.keys(found).sort().map((type) => `${JSON.stringify(type)}: ${JSON.stringify(found[type])}`);
console.log(`{\n${lines.join(",\n")}\n}`);
