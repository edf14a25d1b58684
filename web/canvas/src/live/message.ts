/** What someone typed, as a message. */
export interface Read {
  message: Record<string, unknown> | null;
  /** Why it cannot be read; empty: it can. */
  problem: string;
}

/** JSON is taken as JSON; a word as text. What begins like JSON must be JSON: a forgotten brace is no text. */
export function readMessage(payload: string, topic: string): Read {
  const text = payload.trim();
  const topical = topic === "" ? {} : { topic };
  if (text === "") return { message: { payload: null, ...topical }, problem: "" };
  try {
    return { message: { payload: JSON.parse(text) as unknown, ...topical }, problem: "" };
  } catch (error) {
    if (/^[[{"]/.test(text)) return { message: null, problem: error instanceof Error ? error.message : String(error) };
    return { message: { payload: text, ...topical }, problem: "" };
  }
}
