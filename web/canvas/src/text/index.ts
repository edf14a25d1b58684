/**
 * Every word that the canvas shows, in one catalogue of two languages, a file for each room. English is always here;
 * another language is fetched when it is wanted.
 */
import { create } from "zustand";
import { type Language, useView } from "../store/view";
import { en } from "./en";

export type Key = keyof typeof en;
export type Words = Record<string, string | number>;

type Texts = Record<Key, string>;

const FETCH: Record<Exclude<Language, "en">, () => Promise<Texts>> = { de: async () => (await import("./de")).de };
const useLanguages = create<Partial<Record<Language, Texts>>>()(() => ({ en }));

/** Fetch the texts of a language; until they are here, English stands in. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language === "en" || useLanguages.getState()[language] !== undefined) return;
  useLanguages.setState({ [language]: await FETCH[language]() });
}

useView.subscribe(({ language }) => void loadLanguage(language).catch(() => {})); // out of reach: English stays

/** Return the text for a key; `{name}` in it is replaced. `count` chooses `one|many` where the text has a bar. */
export function t(key: Key, words: Words = {}): string {
  const texts = useLanguages.getState()[useView.getState().language] ?? en;
  let text: string = texts[key] ?? en[key] ?? key;
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
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-3)) return value.toExponential(2);
  return value.toLocaleString(language, { maximumSignificantDigits: Math.max(digits, String(Math.trunc(value)).length), useGrouping: false });
}

/** Write a moment: the time of day, with the date if it is not today. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  const language = useView.getState().language;
  const time = date.toLocaleTimeString(language, { hour12: false });
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString(language)} ${time}`;
}
