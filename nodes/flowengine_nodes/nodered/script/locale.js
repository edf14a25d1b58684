// Dates, times, numbers and the order of texts as nine languages write them (locales.json, which tests/nodered/locales.js makes),
// in any time zone; what else is asked for is an error, since a date in the order of another country is read wrong.
(function (root) {
  "use strict";
  const FORMS = { "en-US": [",", "."], "en-GB": [",", "."], "en-CA": [",", "."], de: [".", ","], fr: ["\u202f", ","],
    es: [".", ","], it: [".", ","], nl: [".", ","], sv: ["\u00a0", ","] };  // the marks of numbers
  const LANGUAGES = { "de-DE": "de", "fr-FR": "fr", "es-ES": "es", "it-IT": "it", "nl-NL": "nl", "sv-SE": "sv", en: "en-US", default: "en-US" };
  const { texts, languages } = root.__locales;

  function form(locale, name) {
    const wanted = (Array.isArray(locale) ? locale[0] : locale) ?? "en-US";
    const key = LANGUAGES[wanted] ?? wanted;
    if (!Object.hasOwn(FORMS, key)) {
      throw new RangeError(`${name}: the language '${wanted}' is not available here; write the text from its parts`);
    }
    return [key, ...FORMS[key]];
  }

  function only(options, known, name) {
    const given = options ?? {};
    for (const key of Object.keys(given)) {
      if (given[key] !== undefined && !known.includes(key)) {
        throw new RangeError(`${name}: the option '${key}' is not available here; write the text from its parts`);
      }
    }
    return given;
  }

  // --- time zones ---
  const zones = new Map();
  root.__zone = (name, text) => { zones.set(name, text.split(" ").map((pair) => pair.split(":")).map(([at, offset]) => [parseInt(at, 36), Number(offset)])); };
  /** How many seconds a zone is ahead of UTC at a time (ms since 1970). */
  root.__offset = (zone, time, name) => {
    if (zone === "UTC") return 0;
    const known = zones.get(zone);
    if (!known) throw new RangeError(`${name}: the time zone '${zone}' is not available here; its whole name, like Europe/Berlin, has to stand in the code, a variable or the message`);
    let at = time / 1000;
    while (at > 2114380800) at -= 28 * 1461 / 4 * 86400;  // the calendar repeats
    let low = 0, high = known.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (known[middle][0] <= at) low = middle; else high = middle;
    }
    return known[low][1];
  };

  // --- dates ---
  const WIDTHS = { weekday: ["short", "long"], year: ["numeric", "2-digit"], month: ["numeric", "2-digit", "short", "long"], day: ["numeric", "2-digit"],
    hour: ["numeric", "2-digit"], minute: ["numeric", "2-digit"], second: ["numeric", "2-digit"], dateStyle: ["full", "long", "medium", "short"], timeStyle: ["medium", "short"] };
  const DATE = ["weekday", "year", "month", "day"], TIME = ["hour", "minute", "second"];
  const OPTIONS = [...Object.keys(WIDTHS), "timeZone", "hour12", "hourCycle"];

  function found(coded, key) {
    const at = ` ${coded}`.indexOf(` ${key}:`);
    return texts[parseInt(coded.slice(at + key.length + 1), 36)];
  }

  /** The pattern that a language has for these options, whether hours count to 12, and the zone. */
  function formed(locale, options, name, wanted) {
    const given = { ...only(options, OPTIONS, name) }, key = form(locale, name)[0], { dates, times, glue, styles } = languages[key];
    for (const [option, widths] of Object.entries(WIDTHS)) {
      if (given[option] !== undefined && !widths.includes(given[option])) {
        throw new RangeError(`${name}: '${given[option]}' as ${option} is not available here; write the text from its parts`);
      }
    }
    const styled = given.dateStyle !== undefined || given.timeStyle !== undefined, has = (fields) => fields.some((field) => given[field] !== undefined);
    if (styled && (has([...DATE, ...TIME]) || (wanted === "date" && given.timeStyle) || (wanted === "time" && given.dateStyle))) {
      throw new TypeError(`Can't set option ${given.timeStyle && wanted === "date" ? "timeStyle" : "dateStyle"} together with the others`);
    }
    const before = [has(DATE), has(TIME)];
    if (!styled && wanted !== "time" && !before[0] && (wanted === "date" || !before[1])) for (const field of DATE.slice(1)) given[field] = "numeric";
    if (!styled && (wanted === "time" || wanted === "both") && !before[1] && (wanted === "time" || !before[0])) for (const field of TIME) given[field] = "numeric";
    if (given.hour !== undefined && given.second !== undefined && given.minute === undefined) {
      throw new RangeError(`${name}: seconds without minutes are not available here; write the text from its parts`);
    }
    const codes = (fields) => fields.map((field) => WIDTHS[field].indexOf(given[field]) + 1).join("");
    const half = given.hour12 ?? (given.hourCycle ? given.hourCycle === "h12" : key === "en-US" || key === "en-CA");
    if (given.hourCycle && !["h12", "h23"].includes(given.hourCycle)) throw new RangeError(`${name}: the option 'hourCycle: ${given.hourCycle}' is not available here`);
    const day = styled ? styles[given.dateStyle]?.[0] : has(DATE) && found(dates, codes(DATE));
    const time = styled ? styles[given.timeStyle]?.[half ? 3 : 2] : has(TIME) && found(times, codes(TIME) + (half && given.hour !== undefined ? "a" : ""));
    const between = day && time ? (styled ? styles[given.dateStyle][1] : found(glue, codes(DATE))) : "";
    return { key, pattern: (day || "") + between + (time || ""), half, zone: given.timeZone, midnight: given.hour12 === false && half === false && (key === "en-US" || key === "en-CA") ? 24 : 0 };
  }

  /** The parts of a date as a pattern has them, as Intl.DateTimeFormat.formatToParts gives them. */
  function parts(date, { key, pattern, half, zone, midnight }, name) {
    const shifted = zone === undefined ? null : new Date(date.getTime() + root.__offset(zone, date.getTime(), name) * 1000);
    const get = (part) => (shifted ? shifted[`getUTC${part}`]() : date[`get${part}`]()), { month, weekday, halves } = languages[key];
    const two = (value, width) => String(value).padStart(width, "0"), hour = get("Hours"), year = get("FullYear");
    const said = {
      y: (w) => ["year", w === 2 ? two(year % 100, 2) : String(year)], M: (w) => ["month", w < 3 ? two(get("Month") + 1, w) : month[w === 3 ? "short" : "long"][1][get("Month")]],
      L: (w) => ["month", month[w === 3 ? "short" : "long"][0][get("Month")]], d: (w) => ["day", two(get("Date"), w)],
      E: (w) => ["weekday", weekday[w === 3 ? "short" : "long"][1][get("Day")]], c: (w) => ["weekday", weekday[w === 3 ? "short" : "long"][0][get("Day")]],
      h: (w) => ["hour", two(half ? hour % 12 || 12 : hour || midnight, w)], m: (w) => ["minute", two(get("Minutes"), w)], s: (w) => ["second", two(get("Seconds"), w)],
      a: () => ["dayPeriod", halves[hour < 12 ? 0 : 1]],
    };
    return pattern.split(/\{(\w+)\}/).map((text, i) => (i % 2 ? said[text[0]](text.length) : ["literal", text])).filter(([, value]) => value !== "").map(([type, value]) => ({ type, value }));
  }

  const joined = (list) => list.map(({ value }) => value).join("").replace(/\u202f/g, " ");
  const written = (date, made, name) => (isNaN(date) ? "Invalid Date" : joined(parts(date, made, name)));
  for (const [name, wanted] of [["toLocaleString", "both"], ["toLocaleDateString", "date"], ["toLocaleTimeString", "time"]]) {
    Date.prototype[name] = function (locale, options) { return written(this, formed(locale, options, name, wanted), name); };
  }

  class DateTimeFormat {
    #made;
    constructor(locale, options) {
      this.#made = formed(locale, options, "Intl.DateTimeFormat", "any");
      if (this.#made.zone !== undefined) root.__offset(this.#made.zone, 0, "Intl.DateTimeFormat");
      this.format = (date) => joined(this.formatToParts(date));
    }
    formatToParts(date) {
      const given = date === undefined ? new Date() : new Date(date);
      if (isNaN(given)) throw new RangeError("Invalid time value");
      return parts(given, this.#made, "Intl.DateTimeFormat");
    }
    resolvedOptions() {
      return { locale: this.#made.key, calendar: "gregory", numberingSystem: "latn", timeZone: this.#made.zone ?? root.__localZone };
    }
  }
  class NumberFormat {
    constructor(locale, options) { this.format = (value) => Number(value).toLocaleString(locale, options); this.format(0); }
  }
  class Collator {
    constructor(locale, options) { this.compare = (a, b) => String(a).localeCompare(String(b), locale, options); }
  }
  const called = (made) => new Proxy(made, { apply: (target, self, args) => new target(...args) });
  root.Intl = { DateTimeFormat: called(DateTimeFormat), NumberFormat: called(NumberFormat), Collator: called(Collator) };

  // --- numbers ---
  Number.prototype.toLocaleString = function (locale, options) {
    const name = "toLocaleString", value = Number(this);
    const given = only(options, ["minimumFractionDigits", "maximumFractionDigits", "useGrouping"], name);
    const [key, group, point] = form(locale, name);
    const least = given.minimumFractionDigits ?? 0, most = given.maximumFractionDigits ?? Math.max(3, least);
    if (!Number.isFinite(value)) return isNaN(value) ? "NaN" : value < 0 ? "-∞" : "∞";
    let [whole, rest = ""] = rounded(Math.abs(value), most).split(".");
    rest = rest.padEnd(least, "0");
    while (rest.length > least && rest.endsWith("0")) rest = rest.slice(0, -1);
    const sign = value < 0 || Object.is(value, -0) ? (key === "sv" ? "\u2212" : "-") : "";
    if (given.useGrouping !== false && whole.length > (key === "es" || key === "it" ? 4 : 3)) whole = whole.replace(/\B(?=(\d{3})+$)/g, group);
    return sign + whole + (rest ? point + rest : "");
  };

  // Halves are rounded away from zero as the number is written, where toFixed takes the number that is kept.
  function rounded(value, most) {
    const written = String(value), point = written.indexOf(".");
    if (value >= 1e21) return String(BigInt(value));
    if (written.includes("e") || point < 0 || written.length - point - 1 <= most) return value.toFixed(most);
    const digits = BigInt(written.slice(0, point) + written.slice(point + 1, point + 1 + most)) + (written[point + 1 + most] >= "5" ? 1n : 0n);
    const text = String(digits).padStart(most + 1, "0");
    return most ? `${text.slice(0, -most)}.${text.slice(-most)}` : text;
  }

  // --- the order of texts ---
  // Letters first, then accents, then small before capital, as the Unicode Collation Algorithm has it for letters of Latin.
  String.prototype.localeCompare = function (other, locale, options) {
    const { numeric, sensitivity } = only(options, ["numeric", "sensitivity"], "localeCompare");
    const steps = [(text) => plain(text).toLowerCase()];
    if (sensitivity !== "base") {
      if (sensitivity !== "case") steps.push((text) => text.normalize("NFD").toLowerCase());
      if (sensitivity !== "accent") steps.push(swapped);
    }
    for (const step of steps) {
      const found = compare(step(String(this)), step(String(other)), numeric);
      if (found) return found;
    }
    return 0;
  };
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/ß/g, "ss");
  const swapped = (text) => [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join("");

  function rank(char) {
    return /\s/.test(char) ? 0 : /\d/.test(char) ? 2 : /\p{L}/u.test(char) ? 3 : 1;
  }

  function compare(a, b, numeric) {
    const cut = (text) => (numeric ? text.match(/\d+|[^]/gu) ?? [] : [...text]);
    const left = cut(a), right = cut(b);
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const x = left[i], y = right[i];
      if (x === y) continue;
      const order = rank(x) - rank(y) || (numeric && /\d/.test(x) ? Number(x) - Number(y) : 0) || (x < y ? -1 : 1);
      return order < 0 ? -1 : 1;
    }
    return Math.sign(left.length - right.length);
  }
})(globalThis);
