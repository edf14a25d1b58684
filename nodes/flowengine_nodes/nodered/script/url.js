// URL and URLSearchParams, as the URL Standard (https://url.spec.whatwg.org) has them.
(function (root) {
  "use strict";
  const PORTS = { "http:": 80, "https:": 443, "ws:": 80, "wss:": 443, "ftp:": 21, "file:": null };
  const FRAGMENT = ' "<>`', QUERY = ' "#<>', PATH = QUERY + "?`{}", USER = PATH + "/:;=@[\\]^|";
  const DRIVE = /^[A-Za-z][:|](?=$|[/\\?#])/;
  const special = (url) => Object.hasOwn(PORTS, url.protocol);

  function encode(text, set) {
    let made = "";
    for (const char of text) {
      if (char > "\x1f" && char < "\x7f" && !set.includes(char)) made += char;
      else for (const byte of Buffer.from(char)) made += "%" + byte.toString(16).toUpperCase().padStart(2, "0");
    }
    return made;
  }

  function decode(text) {
    const bytes = [];
    for (let source = Buffer.from(text), i = 0; i < source.length; i++) {
      const code = source[i] === 37 ? /^[0-9A-Fa-f]{2}$/.exec(source.toString("latin1", i + 1, i + 3)) : null;
      bytes.push(code ? parseInt(code[0], 16) : source[i]);
      if (code) i += 2;
    }
    return Buffer.from(bytes).toString();
  }

  // --- hosts ---
  const wrong = () => { throw new TypeError("Invalid URL"); };

  function host(text, isSpecial) {
    if (text[0] === "[") return text.endsWith("]") ? `[${six(text.slice(1, -1))}]` : wrong();
    if (!isSpecial) return /[\0\t\n\r #/:<>?@[\\\]^|]/.test(text) ? wrong() : encode(text, "");
    const domain = decode(text).normalize("NFKC").toLowerCase().normalize("NFC").replace(/[\u00ad\u200b\u2060\ufeff]/g, "").replace(/[\u3002\uff61]/g, ".")
      .split(".").map((label) => (/[^\0-\x7f]/.test(label) ? "xn--" + punycode(label) : label)).join(".");
    if (domain === "" || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/.test(domain)) wrong();
    const parts = domain.split(".");
    if (parts.length > 1 && parts.at(-1) === "") parts.pop();
    return /^(?:\d+|0x[0-9a-f]*)$/.test(parts.at(-1)) ? four(parts) : domain;
  }

  function four(parts) {
    const numbers = parts.map((part) => (/^0x[0-9a-f]*$/.test(part) ? parseInt(part.slice(2) || "0", 16)
      : /^0[0-7]*$/.test(part) ? parseInt(part, 8) : /^[1-9]\d*$/.test(part) ? Number(part) : wrong()));
    const last = numbers.pop();
    if (parts.length > 4 || numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) wrong();
    const value = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
  }

  function six(text) {
    const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
    if (dotted) {
      const bytes = dotted[2].split(".").map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) && part < 256 ? Number(part) : wrong()));
      text = dotted[1] + (bytes[0] * 256 + bytes[1]).toString(16) + ":" + (bytes[2] * 256 + bytes[3]).toString(16);
    }
    const halves = text.split("::"), pieces = (half) => (half === "" ? [] : half.split(":"));
    const front = pieces(halves[0]), back = halves.length === 2 ? pieces(halves[1]) : [], missing = 8 - front.length - back.length;
    if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) wrong();
    const all = [...front, ...Array(missing).fill("0"), ...back].map((piece) => (/^[0-9a-f]{1,4}$/i.test(piece) ? parseInt(piece, 16) : wrong()));
    let longest = [0, 1];  // start and length of the zeros that :: stands for: the first of the longest, two at least
    for (let i = 0; i < 8; i++) {
      let end = i;
      while (end < 8 && all[end] === 0) end++;
      if (end - i > longest[1]) longest = [i, end - i];
    }
    const written = (list) => list.map((piece) => piece.toString(16)).join(":");
    return longest[1] < 2 ? written(all) : `${written(all.slice(0, longest[0]))}::${written(all.slice(longest[0] + longest[1]))}`;
  }

  function punycode(label) {  // RFC 3492
    const points = Array.from(label, (char) => char.codePointAt(0)), basic = points.filter((point) => point < 128);
    const digit = (value) => String.fromCharCode(value < 26 ? 97 + value : 22 + value);
    let made = String.fromCharCode(...basic) + (basic.length ? "-" : ""), n = 128, delta = 0, bias = 72, handled = basic.length;
    while (handled < points.length) {
      const next = Math.min(...points.filter((point) => point >= n));
      delta += (next - n) * (handled + 1);
      n = next;
      for (const point of points) {
        if (point < n) delta++;
        if (point !== n) continue;
        let rest = delta, k = 36;
        for (; ; k += 36) {
          const t = Math.min(26, Math.max(1, k - bias));
          if (rest < t) break;
          made += digit(t + ((rest - t) % (36 - t)));
          rest = Math.floor((rest - t) / (36 - t));
        }
        made += digit(rest);
        delta = handled === basic.length ? Math.floor(delta / 700) : delta >> 1;
        delta += Math.floor(delta / (handled + 1));
        for (k = 0; delta > 455; k += 36) delta = Math.floor(delta / 35);
        bias = k + Math.floor((36 * delta) / (delta + 38));
        delta = 0;
        handled++;
      }
      delta++;
      n++;
    }
    return made;
  }

  // --- the parts of a URL, from left to right ---
  function authority(url, text) {
    const end = text.search(special(url) ? /[/\\?]/ : /[/?]/), whole = end < 0 ? text : text.slice(0, end);
    const at = whole.lastIndexOf("@"), user = whole.slice(0, Math.max(0, at)), colon = user.indexOf(":");
    url.username = encode(colon < 0 ? user : user.slice(0, colon), USER);
    url.password = colon < 0 ? "" : encode(user.slice(colon + 1), USER);
    if (at >= 0 && at === whole.length - 1) wrong();
    place(url, whole.slice(at + 1));
    path(url, end < 0 ? "" : text.slice(end), []);
  }

  function place(url, text) {  // host and port
    const [, name, , port] = /^((?:\[[^\]]*\]|[^:[])*(?:\[.*)?)(:([^]*))?$/.exec(text) ?? wrong();
    if (name === "" && (special(url) || text !== "")) wrong();
    if (!/^\d*$/.test(port ?? "") || Number(port ?? 0) > 65535) wrong();
    url.host = host(name, special(url));
    url.port = port === undefined || port === "" || Number(port) === PORTS[url.protocol] ? "" : String(Number(port));
  }

  function path(url, text, before) {
    const at = text.indexOf("?");
    if (at >= 0) query(url, text.slice(at + 1));
    url.path = before;
    segments(url, at < 0 ? text : text.slice(0, at), before.length > 0 || before.relative === true);
  }

  function segments(url, text, relative) {
    const parts = text.split(special(url) ? /[/\\]/ : "/");
    if (!relative && (parts.length > 1 && parts[0] === "")) parts.shift();
    else if (!relative && text === "" && !special(url)) return;
    parts.forEach((part, i) => {
      if (/^(?:\.|%2e){2}$/i.test(part)) shorten(url);
      else if (!/^(?:\.|%2e)$/i.test(part)) {
        const drive = url.protocol === "file:" && url.path.length === 0 && /^[A-Za-z][:|]$/.test(part);
        url.path.push(drive ? part[0] + ":" : encode(part, PATH));
        return;
      }
      if (i === parts.length - 1) url.path.push("");
    });
  }

  function shorten(url) {
    if (!(url.protocol === "file:" && url.path.length === 1 && /^[A-Za-z]:$/.test(url.path[0]))) url.path.pop();
  }

  const query = (url, text) => { url.query = encode(text, special(url) ? QUERY + "'" : QUERY); };

  function parse(given, base) {
    let text = given.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
    const url = { protocol: "", username: "", password: "", host: null, port: "", path: [], query: null, fragment: null };
    const hash = text.indexOf("#"), scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(text);
    if (hash >= 0) {
      url.fragment = encode(text.slice(hash + 1), FRAGMENT);
      text = text.slice(0, hash);
    }
    if (!scheme || (hash >= 0 && hash < scheme[0].length)) {
      if (!base || (typeof base.path === "string" && (text !== "" || hash < 0))) wrong();
      url.protocol = base.protocol;
      return url.protocol === "file:" ? file(url, text, base) : relative(url, text, base);
    }
    url.protocol = scheme[0].toLowerCase();
    text = text.slice(scheme[0].length);
    if (url.protocol === "file:") return file(url, text, base && base.protocol === "file:" ? base : undefined);
    if (special(url)) {
      if (base && base.protocol === url.protocol && !/^\/\//.test(text)) return relative(url, text, base);
      authority(url, text.replace(/^[/\\]+/, ""));
    } else if (text.startsWith("//")) authority(url, text.slice(2));
    else if (text[0] === "/") path(url, text, []);
    else {
      const at = text.indexOf("?");
      if (at >= 0) query(url, text.slice(at + 1));
      url.path = encode(at < 0 ? text : text.slice(0, at), "");
    }
    return url;
  }

  function relative(url, text, base) {
    const twice = special(url) ? /^[/\\]{2}/ : /^\/\//;
    if (twice.test(text)) {
      authority(url, special(url) ? text.replace(/^[/\\]+/, "") : text.slice(2));
      return url;
    }
    const { username, password, port } = base;
    Object.assign(url, { username, password, host: base.host, port });
    if (text[0] === "/" || (special(url) && text[0] === "\\")) path(url, text, []);
    else after(url, text, base);
    return url;
  }

  function after(url, text, base) {  // what follows the base's path
    url.path = typeof base.path === "string" ? base.path : [...base.path];
    url.query = base.query;
    if (text === "") return;
    url.query = null;
    if (text[0] === "?") query(url, text.slice(1));
    else {
      if (DRIVE.test(text) && url.protocol === "file:") url.path = [];
      else shorten(url);
      path(url, text, Object.assign(url.path, { relative: true }));
    }
  }

  function file(url, text, base) {
    url.host = "";
    if (/^[/\\]{2}/.test(text)) {
      const [, name, rest] = /^..([^/\\?]*)([^]*)$/.exec(text);
      if (DRIVE.test(name)) path(url, name + rest, Object.assign([], { relative: true }));
      else {
        const found = name === "" ? "" : host(name, true);
        url.host = found === "localhost" ? "" : found;
        path(url, rest, []);
      }
    } else if (/^[/\\]/.test(text)) {
      if (base) url.host = base.host;
      const keeps = base && !DRIVE.test(text.slice(1)) && /^[A-Za-z]:$/.test(base.path[0] ?? "");
      path(url, keeps ? text.slice(1) : text, keeps ? [base.path[0]] : []);
    } else if (base) {
      url.host = base.host;
      after(url, text, base);
    } else path(url, text, []);
    return url;
  }

  // --- the classes ---
  class URL {
    #url;
    #params;
    constructor(input, base) {
      if (arguments.length === 0) throw new TypeError('The "url" argument must be specified');
      try {
        this.#url = parse(String(input), base === undefined ? undefined : parse(String(base)));
      } catch (error) {
        throw Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: String(input) }, base === undefined ? {} : { base: String(base) });
      }
      this.#params = new URLSearchParams();
      fill(this.#params, this.#url.query ?? "");
      changed.set(this.#params, () => { this.#url.query = this.#params.toString() || null; });
    }
    static canParse(input, base) {
      try { return Boolean(new URL(input, base)); } catch { return false; }
    }
    #changed(change) {  // what cannot be so leaves the URL as it is
      const before = { ...this.#url, path: Array.isArray(this.#url.path) ? [...this.#url.path] : this.#url.path };
      try { change(this.#url); } catch { this.#url = before; }
    }
    #alone() { return !this.#url.host || this.#url.protocol === "file:"; }
    get href() {
      const url = this.#url, user = url.username || url.password ? `${url.username}${url.password && ":" + url.password}@` : "";
      const start = url.host !== null ? `//${user}${this.host}` : typeof url.path !== "string" && url.path.length > 1 && url.path[0] === "" ? "/." : "";
      return `${url.protocol}${start}${this.pathname}${url.query === null ? "" : "?" + url.query}${url.fragment === null ? "" : "#" + url.fragment}`;
    }
    set href(value) {
      this.#url = new URL(value).#url;
      fill(this.#params, this.#url.query ?? "");
    }
    get origin() {
      const { protocol, path } = this.#url;
      if (protocol === "blob:") { try { const inner = new URL(path); return /^https?:$/.test(inner.protocol) ? inner.origin : "null"; } catch { return "null"; } }
      return special(this.#url) && protocol !== "file:" ? `${protocol}//${this.host}` : "null";
    }
    get protocol() { return this.#url.protocol; }
    set protocol(value) {
      const found = /^([A-Za-z][A-Za-z0-9+.-]*)(?::|$)/.exec(String(value)), url = this.#url;
      if (!found) return;
      const protocol = found[1].toLowerCase() + ":";
      if (Object.hasOwn(PORTS, protocol) !== special(url)) return;
      if ((protocol === "file:" && (url.username || url.password || url.port)) || (url.protocol === "file:" && !url.host)) return;
      url.protocol = protocol;
      if (Number(url.port) === PORTS[protocol]) url.port = "";
    }
    get username() { return this.#url.username; }
    set username(value) { if (!this.#alone()) this.#url.username = encode(String(value), USER); }
    get password() { return this.#url.password; }
    set password(value) { if (!this.#alone()) this.#url.password = encode(String(value), USER); }
    get host() { return (this.#url.host ?? "") + (this.#url.port && ":" + this.#url.port); }
    set host(value) { this.#place(String(value), true); }
    get hostname() { return this.#url.host ?? ""; }
    set hostname(value) { this.#place(String(value), false); }
    #place(value, withPort) {
      if (typeof this.#url.path === "string") return;
      this.#changed((url) => {
        const text = value.replace(/[\t\n\r]/g, "").split(special(url) ? /[/\\?#]/ : /[/?#]/)[0], { port } = url;
        const [, name, colon, digits] = /^(\[[^\]]*\]|[^:]*)(:?)(\d*)/.exec(text);
        if (colon && (!withPort || url.protocol === "file:")) return;
        if (name === "" && url.protocol === "file:") url.host = "";
        else if (name !== "" || (url.username + url.password + port === "" && !colon && !special(url))) {
          place(url, name + (digits ? ":" + digits : ""));
          if (!digits) url.port = port;
        }
      });
    }
    get port() { return this.#url.port; }
    set port(value) {
      const digits = /^\d*/.exec(String(value).replace(/[\t\n\r]/g, ""))[0];
      if (this.#alone() || Number(digits) > 65535 || (digits === "" && String(value) !== "")) return;
      this.#url.port = digits === "" || Number(digits) === PORTS[this.#url.protocol] ? "" : String(Number(digits));
    }
    get pathname() { return typeof this.#url.path === "string" ? this.#url.path : this.#url.path.map((part) => "/" + part).join(""); }
    set pathname(value) {
      if (typeof this.#url.path === "string") return;
      this.#url.path = [];
      segments(this.#url, String(value).replace(/[\t\n\r]/g, ""), false);
    }
    get search() { return this.#url.query ? "?" + this.#url.query : ""; }
    set search(value) {
      const text = String(value).replace(/[\t\n\r]/g, "").replace(/^\?/, "");
      if (String(value) === "") this.#url.query = null;
      else query(this.#url, text);
      fill(this.#params, text);
    }
    get searchParams() { return this.#params; }
    get hash() { return this.#url.fragment ? "#" + this.#url.fragment : ""; }
    set hash(value) { this.#url.fragment = String(value) === "" ? null : encode(String(value).replace(/[\t\n\r]/g, "").replace(/^#/, ""), FRAGMENT); }
    toString() { return this.href; }
    toJSON() { return this.href; }
  }

  const changed = new WeakMap();  // the parameters of a URL -> what is done when they change
  const pairsOf = new WeakMap();
  const written = (text) => encode(text, "!\"#$%&'()+,/:;<=>?@[\\]^`{|}~ ").replace(/%20/g, "+");
  function fill(params, text) {
    const pairs = text.split("&").filter(Boolean).map((pair) => {
      const at = pair.indexOf("="), plain = (part) => decode(part.replace(/\+/g, " "));
      return at < 0 ? [plain(pair), ""] : [plain(pair.slice(0, at)), plain(pair.slice(at + 1))];
    });
    pairsOf.set(params, pairs);
  }

  class URLSearchParams {
    constructor(init = "") {
      if (init === null || (typeof init !== "object" && typeof init !== "function")) { fill(this, String(init).replace(/^\?/, "")); return; }
      const pairs = typeof init[Symbol.iterator] === "function" ? Array.from(init, (pair) => [...pair]) : Object.keys(init).map((name) => [name, init[name]]);
      if (pairs.some((pair) => pair.length !== 2)) throw new TypeError("Each query pair must be an iterable [name, value] tuple");
      pairsOf.set(this, pairs.map((pair) => pair.map(String)));
    }
    #changed(pairs) {
      pairsOf.set(this, pairs);
      changed.get(this)?.();
    }
    get size() { return pairsOf.get(this).length; }
    append(name, value) { this.#changed([...pairsOf.get(this), [String(name), String(value)]]); }
    delete(name, value) { this.#changed(pairsOf.get(this).filter((pair) => pair[0] !== String(name) || (value !== undefined && pair[1] !== String(value)))); }
    get(name) { return this.getAll(name)[0] ?? null; }
    getAll(name) { return pairsOf.get(this).filter((pair) => pair[0] === String(name)).map((pair) => pair[1]); }
    has(name, value) { return this.getAll(name).some((found) => value === undefined || found === String(value)); }
    set(name, value) {
      const pairs = pairsOf.get(this), first = pairs.findIndex((pair) => pair[0] === String(name)), made = [String(name), String(value)];
      if (first < 0) this.#changed([...pairs, made]);
      else this.#changed(pairs.flatMap((pair, i) => (i === first ? [made] : pair[0] === String(name) ? [] : [pair])));
    }
    sort() { this.#changed([...pairsOf.get(this)].sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))); }
    forEach(f, self) { for (const [name, value] of this) f.call(self, value, name, this); }
    *entries() { for (const pair of pairsOf.get(this)) yield [...pair]; }
    *keys() { for (const pair of pairsOf.get(this)) yield pair[0]; }
    *values() { for (const pair of pairsOf.get(this)) yield pair[1]; }
    [Symbol.iterator]() { return this.entries(); }
    toString() { return pairsOf.get(this).map((pair) => pair.map(written).join("=")).join("&"); }
  }

  root.URL = URL;
  root.URLSearchParams = URLSearchParams;
})(globalThis);
