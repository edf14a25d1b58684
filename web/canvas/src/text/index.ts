/**
 * Every word that the canvas shows, in one catalogue of two languages, a file for each room. The first page's words are
 * fetched before it is drawn, those of rooms that come later with the first of them.
 */
import { create } from "zustand";
import { type Language, useView } from "../store/view";
import type { first } from "./en/first";
import type { rest } from "./en/rest";

export type Key = keyof typeof first | keyof typeof rest;
export type Words = Record<string, string | number>;

type First = Record<keyof typeof first, string>;
type Rest = Record<keyof typeof rest, string>;
interface Fetch {
  first(): Promise<First>;
  rest(): Promise<Rest>;
}

const FETCH: Record<Language, Fetch> = {
  en: { first: async () => (await import("./en/first")).first, rest: async () => (await import("./en/rest")).rest },
  de: { first: async () => (await import("./de/first")).first, rest: async () => (await import("./de/rest")).rest },
};
const useLanguages = create<Partial<Record<Language, Partial<First & Rest>>>>()(() => ({}));
/** Whether a room that comes later has come, or is on its way. */
let more = false;

/** Fetch the texts of a language; until they are here, what is here of English stands in. */
export async function loadLanguage(language: Language): Promise<void> {
  const known = useLanguages.getState()[language];
  const [begin, end] = await Promise.all([
    known ?? FETCH[language].first(),
    more && known?.["form.language"] === undefined ? FETCH[language].rest() : {},
  ]);
  if (known !== undefined && Object.keys(end).length === 0) return;
  useLanguages.setState((before) => ({ [language]: { ...before[language], ...begin, ...end } }));
}

/** Fetch the texts of the rooms that come later, in the language chosen; from then on in every language. */
export function loadRest(): Promise<void> {
  more = true;
  return loadLanguage(useView.getState().language);
}

/** Fetch all of every language, so that one can be chosen while the server is out of reach. */
export async function loadEvery(): Promise<void> {
  more = true;
  await Promise.all(Object.keys(FETCH).map((language) => loadLanguage(language as Language)));
}

useView.subscribe(({ language }, before) => {
  if (language !== before.language) insist(language);
});

const RETRY = 5000;

/** Fetch a language that was chosen; out of reach: again, as long as it is wanted. */
function insist(language: Language): void {
  loadLanguage(language).catch(() =>
    setTimeout(() => {
      if (useView.getState().language === language) insist(language);
    }, RETRY),
  );
}

/** Return the text for a key; `{name}` in it is replaced. `count` chooses `one|many` where the text has a bar. */
export function t(key: Key, words: Words = {}): string {
  const { en, ...others } = useLanguages.getState();
  const language = useView.getState().language;
  let text = (language === "en" ? en : others[language])?.[key] ?? en?.[key];
  if (text === undefined) {
    if (!more) loadRest().catch(() => {});
    return ""; // it is on its way, and who shows it is drawn again then
  }
  if (text.includes("|") && "count" in words) text = text.split("|")[words["count"] === 1 ? 0 : 1] ?? text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(words[name] ?? whole));
}

/** `t` for components: they are drawn again when the language changes, and when its texts have come. */
export function useText(): typeof t {
  const language = useView((state) => state.language);
  useLanguages((languages) => languages[language]);
  return t;
}

/** Write a number as the language does, shortened to what fits on a node. */
export function number(value: number, digits = 4): string {
  const language = useView.getState().language;
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-3)) return value.toLocaleString(language, { notation: "scientific", maximumFractionDigits: 2 }).replace("E", "e");
  return value.toLocaleString(language, { maximumSignificantDigits: Math.max(digits, String(Math.trunc(value)).length), useGrouping: false });
}

/** Write a moment: the time of day, with the date if it is not today, as the browser's country writes it. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  const { language } = useView.getState();
  const country = navigator.languages.find((one) => one.startsWith(language)) ?? language;
  const time = date.toLocaleTimeString(country, { hour12: false });
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString(country)} ${time}`;
}
