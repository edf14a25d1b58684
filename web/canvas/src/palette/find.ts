/** Search and order of node types: for the palette and for adding by typing. */
import type { NodeType } from "../api/types";
import { SUBFLOW } from "../model/flow";
import { categoryOf, shortName, typeName } from "../model/typeName";
import type { IconName } from "../ui/Icon";

export interface Category {
  key: string;
  types: NodeType[];
}

/** The types that match all words, the best first. */
export function findTypes(types: readonly NodeType[], words: string): NodeType[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return [...types];
  return types
    .map((type) => ({ type, score: scoreOf(type, wanted) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.type.type.localeCompare(b.type.type))
    .map(({ type }) => type);
}

/** The name counts most, then the category, then what it does. 0: some word is nowhere. */
function scoreOf(type: NodeType, wanted: readonly string[]): number {
  const name = shortName(type.type).toLowerCase();
  const all = `${type.type} ${typeName(type.type)}`.toLowerCase();
  const title = type.title.toLowerCase();
  let score = 0;
  for (const word of wanted) {
    if (name.startsWith(word) || all.startsWith(word)) score += 8;
    else if (name.includes(word)) score += 5;
    else if (all.includes(word)) score += 4;
    else if (title.includes(word)) score += 2;
    else return 0;
  }
  return score;
}

/** Types by the part before the slash; subflows last. */
export function categories(types: readonly NodeType[]): Category[] {
  const found = new Map<string, NodeType[]>();
  for (const type of types) {
    const key = categoryOf(type.type);
    const list = found.get(key);
    if (list === undefined) found.set(key, [type]);
    else list.push(type);
  }
  const last = (key: string): number => (`${key}/` === SUBFLOW ? 1 : 0);
  return [...found].map(([key, list]) => ({ key, types: list })).sort((a, b) => last(a.key) - last(b.key) || a.key.localeCompare(b.key));
}

export function iconOf(type: NodeType): IconName {
  if (type.type.startsWith(SUBFLOW)) return "subflow";
  if (type.type.startsWith("debug/")) return "debug";
  return type.kind;
}

/** The class that gives a type its colour. */
export function lookOf(type: NodeType): string {
  if (type.type.startsWith("debug/")) return "of-tool";
  return type.type.startsWith(SUBFLOW) ? "of-tool" : `of-${type.kind}`;
}
