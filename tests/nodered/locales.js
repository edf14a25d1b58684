// Asks Node.js how languages write dates and writes it for locale.js: node tests/nodered/locales.js FILE
// Dates in all forms of weekday, year, month and day; times in those of hour, minute and second, with 24 and 12 hours; the
// four styles; what stands between date and time; the names of months and weekdays, alone and within a date.
const LANGUAGES = ["en-US", "en-GB", "en-CA", "de", "fr", "es", "it", "nl", "sv"];
const WIDTHS = { weekday: ["", "short", "long"], year: ["", "numeric", "2-digit"], month: ["", "numeric", "2-digit", "short", "long"],
  day: ["", "numeric", "2-digit"], hour: ["", "numeric", "2-digit"], minute: ["", "numeric", "2-digit"], second: ["", "numeric", "2-digit"] };
const STYLES = ["full", "long", "medium", "short"];
const DATE = ["weekday", "year", "month", "day"], TIME = ["hour", "minute", "second"];
const PLACE = { weekday: "E", year: "y", month: "M", day: "d", hour: "h", minute: "m", second: "s", dayPeriod: "a" };
const DAY = new Date(Date.UTC(2024, 1, 6, 7, 4, 9));  // a month whose names are all different, and a Tuesday

const parts = (language, options) => new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options }).formatToParts(DAY);
/** A pattern: {M} a month as it is, {MM} in two digits, {MMM} short, {MMMM} long, {LLL} and {LLLL} as it stands alone. */
function pattern(language, options) {
  return parts(language, options).map(({ type, value }) => {
    const place = PLACE[type];
    if (type === "literal" || !place) return value;
    if (!/^\d+$/.test(value)) return type === "dayPeriod" ? "{a}" : named(language, type, value);
    return `{${place.repeat(type === "year" && value.length > 2 ? 1 : value.length)}}`;
  }).join("");
}
function named(language, type, value) {
  const [alone, within] = type === "month" ? ["L", "M"] : ["c", "E"], at = type === "month" ? 1 : 2;
  for (const [width, times] of [["short", 3], ["long", 4]]) for (const i of [1, 0]) {
    if (names(language)[type][width][i][at] === value) return `{${(i ? within : alone).repeat(times)}}`;
  }
  throw new Error(`${language}: ${type} ${value}`);
}
const known = {};
function names(language) {
  if (known[language]) return known[language];
  const list = (type, width, more) => Array.from({ length: type === "month" ? 12 : 7 }, (_, i) =>
    new Intl.DateTimeFormat(language, { timeZone: "UTC", [type]: width, ...more })
      .formatToParts(new Date(Date.UTC(2024, type === "month" ? i : 8, type === "month" ? 5 : i + 1, 7))).find((part) => part.type === type).value);
  const both = (type, more) => Object.fromEntries(["short", "long"].map((width) => [width, [list(type, width), list(type, width, more)]]));
  return (known[language] = { month: both("month", { day: "numeric" }), weekday: both("weekday", { day: "numeric", month: "long" }) });
}
function* combinations(fields) {
  const [first, ...rest] = fields;
  if (!first) { yield []; return; }
  for (const i of WIDTHS[first].keys()) for (const more of combinations(rest)) yield [i, ...more];
}
const options = (fields, widths) => Object.fromEntries(fields.map((field, i) => [field, WIDTHS[field][widths[i]]]).filter(([, width]) => width));
const between = (language, given) => {
  const found = parts(language, given), { hour, minute, timeStyle, ...date } = given;
  const before = found.slice(0, found.findIndex((part) => part.type === "hour")).map((part) => part.value).join("");
  const alone = parts(language, date).map((part) => part.value).join("");
  return before.startsWith(alone) ? before.slice(alone.length) : found[found.findIndex((part) => part.type === "hour") - 1].value;
};

const made = {};
for (const language of LANGUAGES) {
  const dates = {}, times = {}, glue = {}, styles = {};
  for (const widths of combinations(DATE)) if (widths.some(Boolean)) dates[widths.join("")] = pattern(language, options(DATE, widths));
  for (const widths of combinations(TIME)) if (widths.some(Boolean)) {
    times[widths.join("")] = pattern(language, { ...options(TIME, widths), hourCycle: "h23" });
    if (widths[0]) times[widths.join("") + "a"] = pattern(language, { ...options(TIME, widths), hour12: true });
  }
  for (const widths of combinations(DATE)) if (widths.some(Boolean)) glue[widths.join("")] = between(language, { ...options(DATE, widths), hour: "numeric", minute: "numeric" });
  for (const style of STYLES) styles[style] = [pattern(language, { dateStyle: style }), between(language, { dateStyle: style, timeStyle: "short" })];
  for (const style of ["medium", "short"]) styles[style].push(pattern(language, { timeStyle: style, hourCycle: "h23" }), pattern(language, { timeStyle: style, hour12: true }));
  made[language] = { dates, times, glue, styles, ...names(language), halves: [8, 18].map((h) => new Intl.DateTimeFormat(language, { timeZone: "UTC", hour: "numeric", hour12: true }).formatToParts(new Date(Date.UTC(2024, 0, 1, h))).find((part) => part.type === "dayPeriod").value) };
}
// What several combinations share is written once.
const texts = [...new Set(Object.values(made).flatMap(({ dates, times, glue }) => [dates, times, glue].flatMap(Object.values)))];
for (const each of Object.values(made)) for (const kind of ["dates", "times", "glue"]) each[kind] = Object.entries(each[kind]).map(([key, text]) => key + ":" + texts.indexOf(text).toString(36)).join(" ");
require("fs").writeFileSync(process.argv[2], JSON.stringify({ texts, languages: made }) + "\n");
