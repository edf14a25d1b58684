// RED.util, as Node-RED documents it, and the names of Node.js that scripts reach for.
(function (root) {
  "use strict";
  function clone(value, seen = new Map()) {
    if (value === null || typeof value !== "object") return value;
    if (seen.has(value)) return seen.get(value);
    if (Buffer.isBuffer(value)) return Buffer.from(Array.from(value));
    if (value instanceof Date) return new Date(value.getTime());
    if (value instanceof RegExp) return new RegExp(value.source, value.flags);
    if (value instanceof Error) return value;
    if (value instanceof Map || value instanceof Set) {
      const made = new value.constructor();
      seen.set(value, made);
      for (const each of value) Array.isArray(each) && value instanceof Map ? made.set(clone(each[0], seen), clone(each[1], seen)) : made.add(clone(each, seen));
      return made;
    }
    if (ArrayBuffer.isView(value)) return new value.constructor(value);
    const made = Array.isArray(value) ? [] : Object.create(Object.getPrototypeOf(value));
    seen.set(value, made);
    for (const key of Object.keys(value)) made[key] = clone(value[key], seen);
    return made;
  }

  function cloneMessage(msg) {
    if (msg === undefined || msg === null) return msg;
    const { req, res } = msg;
    const rest = Object.assign(Array.isArray(msg) ? [] : {}, msg);
    delete rest.req;
    delete rest.res;
    const made = clone(rest);
    if (req) made.req = req;
    if (res) made.res = res;
    return made;
  }

  function equal(a, b) {
    if (a === b) return true;
    if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
    if (Buffer.isBuffer(a) || Buffer.isBuffer(b)) return Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b);
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => key in b && equal(a[key], b[key]));
  }

  function invalid(text, code) {
    const error = new Error(text);
    error.code = code || "INVALID_EXPR";
    return error;
  }

  function parts(expression, msg) {
    const text = String(expression);
    if (text === "") throw invalid("Invalid property expression: zero-length");
    const found = [];
    const step = /\.?([^.\[\]"']+)|\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]|\[msg\.((?:[^\[\]]|\[[^\]]*\])+)\]/y;
    let at = 0;
    while (at < text.length) {
      step.lastIndex = at;
      const match = step.exec(text);
      if (!match || (at === 0 && (text[0] === "." || text[0] === "[")) || (at > 0 && text[at] !== "." && text[at] !== "[")) {
        throw invalid("Invalid property expression: unexpected " + text[at] + " at position " + at);
      }
      if (match[5] !== undefined) found.push(msg ? getMessageProperty(msg, match[5]) : ["msg"].concat(parts(match[5])));
      else if (match[2] !== undefined) found.push(Number(match[2]));
      else found.push(match[1] ?? match[3] ?? match[4]);
      at = step.lastIndex;
    }
    return found;
  }

  function getObjectProperty(object, expression) {
    return parts(expression, object).reduce((value, key) => value[key], object);
  }

  function getMessageProperty(msg, expression) {
    return getObjectProperty(msg, expression.startsWith("msg.") ? expression.slice(4) : expression);
  }

  function setObjectProperty(object, expression, value, create) {
    if (create === undefined) create = value !== undefined;
    const keys = parts(expression, object);
    let at = object;
    for (let i = 0; i < keys.length - 1; i++) {
      const key = keys[i];
      if (at[key] === undefined || at[key] === null) {
        if (!create) return false;
        at[key] = typeof keys[i + 1] === "number" ? [] : {};
      } else if (typeof at[key] !== "object") return false;
      at = at[key];
    }
    const last = keys[keys.length - 1];
    if (value === undefined) Array.isArray(at) ? at.splice(last, 1) : delete at[last];
    else if (typeof at === "object") at[last] = value;
    else return false;
    return true;
  }

  function setMessageProperty(msg, expression, value, create) {
    return setObjectProperty(msg, expression.startsWith("msg.") ? expression.slice(4) : expression, value, create);
  }

  function ensureString(value) {
    if (Buffer.isBuffer(value)) return value.toString();
    if (typeof value === "object") return JSON.stringify(value);
    return typeof value === "string" ? value : "" + value;
  }

  function ensureBuffer(value) {
    if (Buffer.isBuffer(value)) return value;
    return Buffer.from(typeof value === "object" ? JSON.stringify(value) : typeof value === "string" ? value : "" + value);
  }

  function generateId() {
    let id = "";
    for (let i = 0; i < 16; i++) id += Math.floor(Math.random() * 16).toString(16);
    return id;
  }

  function parseContextStore(key) {
    const found = /^#:\((\S+?)\)::(.*)$/.exec(key);
    return found ? { store: found[1], key: found[2] } : { key };
  }

  function evaluateNodeProperty(value, type, node, msg, callback) {
    let result = value;
    switch (type) {
      case "str": result = "" + value; break;
      case "num": result = Number(value); break;
      case "json": result = JSON.parse(value); break;
      case "re": result = new RegExp(value); break;
      case "date": result = value === "object" ? new Date() : value === "iso" ? new Date().toISOString() : Date.now(); break;
      case "bin": result = Buffer.from(JSON.parse(value)); break;
      case "msg": result = msg ? getMessageProperty(msg, value) : undefined; break;
      case "flow": case "global": { const c = parseContextStore(value); result = root[type].get(c.key, c.store); break; }
      case "bool": result = /^true$/i.test(value); break;
      case "env": result = root.env.get(value) ?? ""; break;
    }
    if (callback) callback(null, result); else return result;
  }

  function inspect(value) {
    return typeof value === "string" ? "'" + value + "'" : value instanceof Error ? String(value.stack || value)
      : typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  function format(...args) {
    if (typeof args[0] !== "string") return args.map((a) => (typeof a === "string" ? a : inspect(a))).join(" ");
    let i = 1;
    const text = args[0].replace(/%([sdifjoO%])/g, (whole, kind) => {
      if (kind === "%") return "%";
      if (i >= args.length) return whole;
      const value = args[i++];
      if (kind === "s") return typeof value === "object" ? inspect(value) : String(value);
      if (kind === "d" || kind === "f") return String(Number(value));
      if (kind === "i") return String(parseInt(value));
      return kind === "j" ? JSON.stringify(value) : inspect(value);
    });
    return [text, ...args.slice(i).map((a) => (typeof a === "string" ? a : inspect(a)))].join(" ");
  }

  const promisify = (f) => (...args) => new Promise((ok, no) => f(...args, (error, value) => (error ? no(error) : ok(value))));

  root.RED = {
    util: {
      cloneMessage, compareObjects: equal, ensureString, ensureBuffer, evaluateNodeProperty, generateId, getMessageProperty,
      getObjectProperty, setMessageProperty, setObjectProperty, parseContextStore, getSetting: (node, name) => root.env.get(name),
      normalisePropertyExpression: parts, normaliseNodeTypeName: (name) => name.replace(/[^a-zA-Z0-9]/g, " ").trim()
        .split(" ").map((w, i) => (i ? w[0].toUpperCase() + w.slice(1) : w[0].toLowerCase() + w.slice(1))).join(""),
    },
  };
  class TextEncoder {
    get encoding() { return "utf-8"; }
    encode(text = "") { return new Uint8Array(Buffer.from(String(text))); }
  }
  class TextDecoder {
    constructor(label = "utf-8") {
      const form = { "utf-8": "utf8", utf8: "utf8", latin1: "latin1", "iso-8859-1": "latin1", ascii: "latin1", "utf-16le": "utf16le" };
      this.encoding = String(label).trim().toLowerCase();
      if (!Object.hasOwn(form, this.encoding)) throw new RangeError(`TextDecoder: the encoding '${label}' is not available here`);
      this.form = form[this.encoding];
    }
    decode(bytes = new Uint8Array()) {
      const { buffer, byteOffset, byteLength } = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
      return Buffer.from(buffer, byteOffset, byteLength).toString(this.form).replace(/^\ufeff/, "");
    }
  }

  root.promisify = promisify;
  root.util = {
    inspect, format, promisify, isDeepStrictEqual: equal, isArray: Array.isArray, TextEncoder, TextDecoder,
    types: {
      isDate: (value) => value instanceof Date, isRegExp: (value) => value instanceof RegExp, isMap: (value) => value instanceof Map,
      isSet: (value) => value instanceof Set, isPromise: (value) => value instanceof Promise, isNativeError: (value) => value instanceof Error,
      isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView), isUint8Array: (value) => value instanceof Uint8Array,
    },
  };
  root.structuredClone = (value) => clone(value);
})(globalThis);
