/** Every word that the canvas shows, in one catalogue of two languages, a file for each room. */
import { useView } from "../store/view";
import { de } from "./de";
import { en } from "./en";

export type Key = keyof typeof en;
export type Words = Record<string, string | number>;

const LANGUAGES: Record<string, Record<Key, string>> = { en, de };

/** Return the text for a key; `{name}` in it is replaced. `count` chooses `one|many` where the text has a bar. */
export function t(key: Key, words: Words = {}): string {
  const texts = LANGUAGES[useView.getState().language] ?? en;
  let text: string = texts[key] ?? en[key] ?? key;
  if (text.includes("|") && "count" in words) text = text.split("|")[words["count"] === 1 ? 0 : 1] ?? text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(words[name] ?? whole));
}

/** `t` for components: they are drawn again when the language changes. */
export function useText(): typeof t {
  useView((state) => state.language);
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
