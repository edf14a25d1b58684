/**
 * Turns sentences of the server by their templates: `there is no node '{node}'` → `Es gibt keinen Knoten „{node}“`.
 *
 * A template is matched as shell patterns are, each of its pieces at the first place where it stands: in one pass, without
 * going back, so that no text, whatever a stranger has put into it, can make that slow. Values are shown as they are, but
 * for the end of a long list (`a, b and 3 more`) and the decimal sign of a number: 4.512 is thousands to a German. A name
 * with a star stands for another sentence, which is turned too.
 * See docs/decisions/0033-sentences-by-template.md.
 */
import type { Language } from "../store/view";

export type Sentences = Record<string, string>;

interface Template {
  /** What stands around its values: one more than there are of them. */
  pieces: string[];
  names: string[];
  /** Whether a value is a sentence itself. */
  starred: boolean[];
  answer: string;
  /** How many of its letters are fixed: of two templates that fit, the one that begins so, or says more, is meant. */
  weight: number;
  /** Whether it says so little by itself that its values have to look like values: `write {value}`. */
  faint: boolean;
}

const HOLE = /\{([a-z]\w*)(\*?)\}/g;
/** Names, numbers, or a list of them. */
const VALUE = /^[^\s,]+(, [^\s,]+)*( and \d+ more)?$/;
/** A long list of names: of a value, its end alone is turned. */
const LONG_LIST = /^[^\s,]+(, [^\s,]+)* and \d+ more$/;
/** A number that is no name, and nothing to be copied: those stand in quotes, or behind the name of a function. */
const DECIMAL = /^(-?\d+)\.(\d+(e[+-]?\d+)?)$/;
const AS_IT_IS = /'$|\w\($/;
/** Texts whose translation is kept at hand. */
const KEPT = 2000;
/** Sentences inside sentences. */
const DEEPEST = 8;

/** Fetch the sentences of a language. Not by the client of the API: that turns its failures by what is fetched here. */
export async function fetchTurn(language: Language): Promise<(text: string) => string> {
  const response = await fetch(`/api/sentences?language=${language}`, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${response.status}`);
  return turner((await response.json()) as Sentences, (0.5).toLocaleString(language).charAt(1));
}

/** Return what turns a text; one that no template fits is returned as it is. `sign` is the decimal sign of numbers. */
export function turner(sentences: Sentences, sign = "."): (text: string) => string {
  const fixed = new Map<string, string>();
  /** By the first word where it is fixed, else under the empty one; the heaviest first. */
  const byWord = new Map<string, Template[]>();
  for (const [english, answer] of Object.entries(sentences)) {
    const template = read(english, answer);
    if (template.names.length === 0) fixed.set(english, answer);
    else {
      const word = firstWord(template.pieces[0] ?? "");
      byWord.set(word, [...(byWord.get(word) ?? []), template]);
    }
  }
  for (const all of byWord.values()) all.sort((a, b) => b.weight - a.weight);

  const best = (word: string, text: string, depth: number): Fit | null => {
    for (const template of byWord.get(word) ?? []) {
      const values = valuesIn(template, text);
      if (values === null) continue;
      const fit = { template, values };
      if (!template.faint || values.every((value, at) => isValue(fit, at) || (template.starred[at] && known(value, depth + 1) !== null))) return fit;
    }
    return null;
  };
  const known = (text: string, depth: number): string | null => {
    const whole = fixed.get(text);
    if (whole !== undefined || depth > DEEPEST) return whole ?? null;
    const word = firstWord(text);
    const fit = (word === "" ? null : best(word, text, depth)) ?? best("", text, depth);
    return fit && fill(fit, sign, (value) => turn(value, depth + 1));
  };
  /** A text may be several sentences, or one with what it is about in front. */
  const turn = (text: string, depth: number): string => {
    const found = known(text, depth) ?? withStatus(text, depth);
    if (found !== null || depth > DEEPEST || !text.includes(" ")) return found ?? text;
    const parts = text.split("; ");
    if (parts.length > 1) return parts.map((part) => (part.includes(" ") ? turn(part, depth + 1) : part)).join("; ");
    const [, about, rest] = /^(.*?: )(.* .*)$/s.exec(text) ?? [];
    return about === undefined || rest === undefined ? text : about + turn(rest, depth + 1);
  };

  /** An alarm is what it says, with its status in brackets; null: this is none. */
  const withStatus = (text: string, depth: number): string | null => {
    if (depth > DEEPEST || !text.endsWith(")")) return null;
    for (let at = text.indexOf(" ("), tries = 0; at > 0 && tries < DEEPEST; at = text.indexOf(" (", at + 1), tries++) {
      const status = text.slice(at + 2, -1);
      const said = isBalanced(status) ? known(text.slice(0, at), depth + 1) : null;
      if (said !== null) return `${said} (${turn(status, depth + 1)})`;
    }
    return null;
  };

  const kept = new Map<string, string>();
  return (text) => {
    const before = kept.get(text);
    if (before !== undefined) return before;
    if (kept.size >= KEPT) kept.clear();
    const turned = turn(text, 0);
    kept.set(text, turned);
    return turned;
  };
}

/** Whether each bracket that is closed was opened before. */
function isBalanced(text: string): boolean {
  let open = 0;
  for (const letter of text) {
    open += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    if (open < 0) return false;
  }
  return open === 0;
}

function read(english: string, answer: string): Template {
  const holes = [...english.matchAll(HOLE)];
  const pieces: string[] = [];
  let at = 0;
  for (const hole of holes) {
    pieces.push(english.slice(at, hole.index));
    at = hole.index + hole[0].length;
  }
  pieces.push(english.slice(at));
  return {
    pieces,
    answer,
    names: holes.map(([, name]) => name ?? ""),
    starred: holes.map(([, , star]) => star === "*"),
    weight: pieces.join("").length,
    faint: (pieces.join(" ").match(/\w{2,}/g) ?? []).length <= 2 && pieces[0]?.endsWith(": ") !== true,
  };
}

/** The first word of a text, if another follows it: else it may go on in a value. */
function firstWord(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf(" ")));
}

interface Fit {
  template: Template;
  values: string[];
}

/** Return what stands where the template has its values; null: it is not of this template. */
function valuesIn({ pieces }: Template, text: string): string[] | null {
  const [first = "", last = ""] = [pieces[0], pieces.at(-1)];
  const end = text.length - last.length;
  let at = first.length;
  if (at > end || !text.startsWith(first) || !text.endsWith(last)) return null;
  const values: string[] = [];
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return null;
    values.push(text.slice(at, found));
    at = found + piece.length;
  }
  return [...values, text.slice(at, end)];
}

/** Whether a value is a name or a number, or stands in quotes or brackets, where anything may. */
function isValue({ template: { pieces }, values }: Fit, at: number): boolean {
  return /['(]$/.test(pieces[at] ?? "") || VALUE.test(values[at] ?? "");
}

function fill({ template, values }: Fit, sign: string, turn: (value: string) => string): string {
  const shown = (value: string, at: number): string => {
    if (template.starred[at] || LONG_LIST.test(value)) return turn(value);
    return AS_IT_IS.test(template.pieces[at] ?? "") ? value : value.replace(DECIMAL, `$1${sign}$2`);
  };
  const named = new Map(template.names.map((name, at) => [name, shown(values[at] ?? "", at)]));
  return template.answer.replace(HOLE, (hole, name: string) => named.get(name) ?? hole);
}
