// What a script has around it: node, context, flow, global, env, timers, console. Python cannot be called from here:
// what a script wants done is collected in `effects` and carried out when it has returned.
(function (root) {
  "use strict";
  let effects = [];
  const facts = { outputs: 1, id: "", name: "", path: "", stores: ["default"], env: {} };
  const timers = new Map();
  const values = { node: {}, flow: {}, global: {} };
  const closing = [];
  let lastTimer = 0, current = "";

  // --- values out ---
  function plain(value, depth) {
    switch (typeof value) {
      case "string": case "boolean": return true;
      case "number": return value - value === 0;
      case "object": break;
      default: return false;
    }
    if (value === null) return true;
    if (depth > 30) return false;
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (!plain(value[i], depth + 1)) return false;
      return true;
    }
    const proto = Object.getPrototypeOf(value);
    if (proto !== Object.prototype && proto !== null) return false;
    for (const key in value) if (key === "$t" || key === "toJSON" || !plain(value[key], depth + 1)) return false;
    return true;
  }

  function marked(value, around) {
    if (typeof value === "number") return value - value === 0 ? value : { $t: "num", v: String(value) };
    if (typeof value === "bigint") return { $t: "num", v: String(value) };
    if (value === undefined || typeof value === "function" || typeof value === "symbol") return undefined;
    if (value === null || typeof value !== "object") return value;
    if (value.__ref !== undefined) return { $t: "ref", v: value.__ref };
    if (around.length > 200 || around.includes(value)) return "[Circular]";
    if (Buffer.isBuffer(value)) return { $t: "bin", v: Array.from(value) };
    if (ArrayBuffer.isView(value)) return Object.fromEntries(Array.from(value, (v, i) => [i, v]));
    if (value instanceof Date) return isNaN(value) ? null : { $t: "date", v: value.getTime() };
    const inside = around.concat([value]);
    if (value instanceof Error) value = { message: value.message, name: value.name, stack: value.stack, ...value };
    if (value instanceof Map || value instanceof Set || value instanceof RegExp) value = {};
    if (Array.isArray(value)) return value.map((each) => marked(each, inside) ?? null);
    const made = {};
    for (const key of Object.keys(value)) {
      const inner = marked(value[key], inside);
      if (inner !== undefined) made[key] = inner;
    }
    return made;
  }

  function revive(value) {
    if (value === null || typeof value !== "object") return value;
    if (value.$t === "bin") return Buffer.from(value.v);
    if (value.$t === "date") return new Date(value.v);
    if (value.$t === "num") return Number(value.v);
    if (value.$t === "ref") { const made = Object.create({ __ref: value.v }); return made; }
    for (const key of Object.keys(value)) value[key] = revive(value[key]);
    return value;
  }

  root.__parse = (text) => (text[0] === "X" ? revive(JSON.parse(text.slice(1))) : JSON.parse(text));
  function taken() {
    const list = effects;
    effects = [];
    if (list.length === 0) return "";
    // join, not +: Python cannot take a text that QuickJS keeps as a rope
    return plain(list, 0) ? JSON.stringify(list) : ["X", JSON.stringify(marked(list, []))].join("");
  }
  root.__taken = taken;

  // --- sending ---
  function kindOf(value) {
    return Buffer.isBuffer(value) ? "Buffer" : Array.isArray(value) ? "array" : value instanceof Date ? "Date" : typeof value;
  }

  function send(value, id, copy) {
    if (value === null || value === undefined) return;
    const outputs = Array.isArray(value) ? value : [value];
    let wrong;
    for (let port = 0; port < outputs.length; port++) {
      const given = outputs[port];
      if (given === null || given === undefined) continue;
      const messages = Array.isArray(given) ? given : [given];
      for (const msg of messages) {
        if (msg === null || msg === undefined) continue;
        if (typeof msg !== "object" || Buffer.isBuffer(msg) || Array.isArray(msg)) { wrong = kindOf(msg); continue; }
        if (msg._msgid === undefined || msg._msgid === null || msg._msgid === "") msg._msgid = id || RED.util.generateId();
        effects.push(["send", port, copy ? RED.util.cloneMessage(msg) : msg]);
      }
    }
    if (wrong) effects.push(["error", "Function tried to send a message of type " + wrong]);
  }

  // --- contexts ---
  function context(scope) {
    const store = (name) => {
      const known = facts.stores.includes(name) ? name : facts.stores[0];
      return [known, (values[scope][known] ??= {})];
    };
    const split = (name, callback) => (typeof name === "function" ? [undefined, name] : [name, callback]);
    const read = (data, key) => {
      try { return RED.util.getObjectProperty(data, key); }
      catch (error) { if (error.code === "INVALID_EXPR") throw error; return undefined; }
    };
    return {
      get(key, name, callback) {
        [name, callback] = split(name, callback);
        const data = store(name)[1];
        try {
          const value = Array.isArray(key) ? key.map((each) => read(data, each)) : read(data, key);
          if (callback) { Array.isArray(key) ? callback(undefined, ...value) : callback(undefined, value); return; }
          return value;
        } catch (error) { if (!callback) throw error; callback(error); }
      },
      set(key, value, name, callback) {
        [name, callback] = split(name, callback);
        const [known, data] = store(name);
        const pairs = Array.isArray(key) ? key.map((each, i) => [each, Array.isArray(value) ? value[i] : i === 0 ? value : undefined]) : [[key, value]];
        try {
          for (const [each, given] of pairs) {
            RED.util.setObjectProperty(data, each, given, true);
            effects.push(["set", scope, known, each, typeof given === "function" ? null : given ?? null]);
          }
          if (callback) callback();
        } catch (error) { if (!callback) throw error; callback(error); }
      },
      keys(name, callback) {
        [name, callback] = split(name, callback);
        const found = Object.keys(store(name)[1]);
        if (callback) callback(null, found); else return found;
      },
    };
  }
  root.context = context("node");
  root.flow = root.context.flow = context("flow");
  root.global = root.context.global = context("global");
  root.__load = (scope, store, text) => { values[scope][store] = __parse(text); };

  // --- timers ---
  function timer(f, delay, args, again) {
    const id = ++lastTimer;
    const wait = Math.max(1, Number(delay) || 1);
    timers.set(id, { f, args, again, wait });
    effects.push(["timer", id, wait]);
    return id;
  }
  const clear = (id) => { if (timers.delete(Number(id))) effects.push(["clear", Number(id)]); };
  root.setTimeout = (f, delay, ...args) => timer(f, delay, args, false);
  root.setInterval = (f, delay, ...args) => timer(f, delay, args, true);
  root.setImmediate = (f, ...args) => timer(f, 0, args, false);
  root.clearTimeout = root.clearInterval = root.clearImmediate = clear;
  root.__fire = (id) => {
    const due = timers.get(id);
    if (due) {
      if (due.again) effects.push(["timer", id, due.wait]); else timers.delete(id);
      due.f(...due.args);
    }
    return taken();
  };

  // --- node, env, console ---
  const tell = (level) => (...args) => { effects.push(["log", level, text(args[0])]); };
  function text(value) {
    if (value instanceof Error) return String(value);
    return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  }
  function told(error, msg) {
    const shown = error instanceof Error ? String(error) : text(error);
    effects.push(msg && typeof msg === "object" ? ["error", shown, msg, error?.code] : ["error", shown]);
  }
  root.__node = (id, msg) => ({
    id: facts.id, name: facts.name, path: facts.path, outputCount: facts.outputs,
    log: tell("info"), warn: tell("warning"), debug: tell("debug"), trace: tell("debug"),
    error: told,
    status: (status) => { effects.push(["status", status ?? {}]); },
    send: (value, copy) => send(value, id, copy !== false),
    done: () => { effects.push(["done", msg]); },
    on: (event, f) => {
      if (event === "input") throw new Error("function: inputListener not allowed");
      if (event === "close") closing.push(f);
    },
  });
  root.env = { get: (name) => { const found = facts.env[name]; return found === undefined ? facts.process[name] : found; } };
  const print = (level) => (...args) => { effects.push(["log", level, util.format(...args)]); };
  root.console = { log: print("info"), info: print("info"), warn: print("warning"), error: print("error"), debug: print("debug"), trace: print("debug"),
    dir: print("info"), table: print("info"), assert: (holds, ...args) => { if (!holds) print("warning")("Assertion failed", ...args); } };
  for (const name of ["group", "groupCollapsed", "groupEnd", "time", "timeLog", "timeEnd", "count", "countReset"]) root.console[name] = () => {};
  root.__facts = (given) => { Object.assign(facts, __parse(given)); };

  // --- dates ---
  root.__utc = () => {  // the name of the zone, which the engine does not know
    for (const name of ["toString", "toTimeString"]) {
      const plainly = Date.prototype[name];
      Date.prototype[name] = function () { return isNaN(this) ? plainly.call(this) : plainly.call(this) + " (Coordinated Universal Time)"; };
    }
  };

  // --- running ---
  let sources = [];
  root.__sources = (...given) => { sources = given; __source(given[0]); };
  function failed(error, msg) {
    if (!(error instanceof Error)) {
      const shown = typeof error === "string" ? error : JSON.stringify(error) ?? String(error);
      effects.push(msg ? ["fail", shown, msg] : ["fail", shown]);
      return;
    }
    let shown = String(error);
    const place = /<input>:(\d+):(\d+)/.exec(error.stack || "");
    if (error instanceof ReferenceError && place) {
      shown = `ReferenceError: ${shown} (line ${Number(place[1]) - 1}, col ${place[2]})`;
    }
    effects.push(msg ? ["fail", shown, msg, String(error.stack || ""), { ...error }] : ["fail", shown]);
  }

  root.__run = (given) => {
    const msg = __parse(given);
    const id = msg._msgid;
    const finish = (value) => { send(value, id, false); effects.push(facts.completes ? ["finished", msg] : ["finished"]); };
    try {
      let value;
      if (root.__alone) value = root.__function(msg);
      else {
        root.node = root.__node(id, msg);
        value = root.__function(msg, root.node.send, root.node.done, root.node);
      }
      if (value && typeof value.then === "function") value.then(finish, (error) => failed(error, msg));
      else if (value === msg && effects.length === 0 && typeof msg._msgid === "string" && plain(msg, 0)) return ["M", JSON.stringify(msg)].join("");
      else finish(value);
    } catch (error) { failed(error, msg); }
    return taken();
  };
  root.__begin = () => {
    __source(sources[1]);
    root.node = root.__node("", undefined);
    try {
      const value = root.__initialize(root.node);
      if (value && typeof value.then === "function") value.then(() => effects.push(["ready"]), (error) => { failed(error); effects.push(["broken"]); });
      else effects.push(["ready"]);
    } catch (error) { failed(error); effects.push(["broken"]); }
    __source(sources[0]);
    return taken();
  };
  root.__end = () => {
    __source(sources[2]);
    root.node = root.__node("", undefined);
    try { for (const f of closing) f(); root.__finalize(root.node); } catch (error) { failed(error); }
    return taken();
  };
})(globalThis);
