// Dates, times, numbers and the order of texts as eight languages write them; what else is asked for is an error, since a
// date in the order of another country is read wrong.
(function (root) {
  "use strict";
  // day and month in two digits?, their order and what stands between, hours in two digits?, before the time; the marks of numbers
  const FORMS = {
    "en-US": [false, "mdy", "/", false, ", ", ",", "."], "en-GB": [true, "dmy", "/", true, ", ", ",", "."],
    de: [false, "dmy", ".", true, ", ", ".", ","], fr: [true, "dmy", "/", true, " ", "\u202f", ","],
    es: [false, "dmy", "/", false, ", ", ".", ","], it: [true, "dmy", "/", true, ", ", ".", ","],
    nl: [false, "dmy", "-", true, ", ", ".", ","], sv: [true, "ymd", "-", true, " ", "\u00a0", ","],
  };
  const LANGUAGES = { "de-DE": "de", "fr-FR": "fr", "es-ES": "es", "it-IT": "it", "nl-NL": "nl", "sv-SE": "sv", en: "en-US" };

  function form(locale, name) {
    const wanted = Array.isArray(locale) ? locale[0] : locale ?? "en-US";
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

  function shown(date, locale, options, name, withDate, withTime) {
    const { timeZone, hour12 } = only(options, ["timeZone", "hour12"], name);
    if (timeZone !== undefined && timeZone !== "UTC") throw new RangeError(`${name}: the time zone '${timeZone}' is not available here; 'UTC' is`);
    if (isNaN(date)) return "Invalid Date";
    const [key, wide, order, between, wideHours, before] = form(locale, name);
    const get = (part) => date[`get${timeZone ? "UTC" : ""}${part}`]();
    const two = (value) => String(value).padStart(2, "0");
    const day = { y: get("FullYear"), m: get("Month") + 1, d: get("Date") };
    const parts = [...order].map((part) => (wide && part !== "y" ? two(day[part]) : day[part])).join(between);
    const hours = get("Hours"), half = hour12 ?? key === "en-US";
    if (half && key !== "en-US") throw new RangeError(`${name}: the option 'hour12' is not available here in '${key}'`);
    const hour = half ? hours % 12 || 12 : key === "en-US" ? two(hours || 24) : wideHours ? two(hours) : hours;
    const time = `${hour}:${two(get("Minutes"))}:${two(get("Seconds"))}${half ? (hours < 12 ? " AM" : " PM") : ""}`;
    return [...(withDate ? [parts] : []), ...(withTime ? [time] : [])].join(before);
  }

  Date.prototype.toLocaleString = function (locale, options) { return shown(this, locale, options, "toLocaleString", true, true); };
  Date.prototype.toLocaleDateString = function (locale, options) { return shown(this, locale, options, "toLocaleDateString", true, false); };
  Date.prototype.toLocaleTimeString = function (locale, options) { return shown(this, locale, options, "toLocaleTimeString", false, true); };

  Number.prototype.toLocaleString = function (locale, options) {
    const name = "toLocaleString", value = Number(this);
    const given = only(options, ["minimumFractionDigits", "maximumFractionDigits", "useGrouping"], name);
    const [key, , , , , , group, point] = form(locale, name);
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
