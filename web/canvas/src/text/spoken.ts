/**
 * What the server says, in the language chosen. It speaks English; its sentences in another language are fetched when
 * the first of them is to be shown (see sentences.ts). What they do not know is shown as it came.
 */
import { create } from "zustand";
import { type Language, useView } from "../store/view";

type Turn = (text: string) => string;

const useTurns = create<Partial<Record<Language, Turn>>>()(() => ({}));
let coming: Partial<Record<Language, Promise<void>>> = {};

/** Return a text of the server in the language chosen; while that is still fetched, as it came. */
export function spoken(text: string): string {
  const { language } = useView.getState();
  if (language === "en" || text === "") return text;
  const turn = useTurns.getState()[language];
  if (turn === undefined) void loadSpoken();
  return turn?.(text) ?? text;
}

/** `spoken` for components: they are drawn again when the language changes, and when its sentences have come. */
export function useSpoken(): typeof spoken {
  const language = useView((state) => state.language);
  useTurns((turns) => turns[language]);
  return spoken;
}

/** Fetch the sentences of the language chosen. Out of reach: what is said stays English until they come, and it is tried again. */
export function loadSpoken(): Promise<void> {
  const { language } = useView.getState();
  if (language === "en") return Promise.resolve();
  return (coming[language] ??= fetchSpoken(language));
}

const RETRY = 5000;

async function fetchSpoken(language: Language): Promise<void> {
  const mine = coming;
  try {
    const turn = await (await import("./sentences")).fetchTurn(language);
    if (mine === coming) useTurns.setState({ [language]: turn });
  } catch {
    setTimeout(() => {
      delete mine[language];
      if (mine === coming) void loadSpoken();
    }, RETRY);
  }
}

/** Fetch them anew when next asked: who is signed in hears more of them than a stranger. */
export function forgetSpoken(): void {
  coming = {};
  useTurns.setState({}, true);
}
