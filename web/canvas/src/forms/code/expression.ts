/** The expression language, as far as colours and completion need it. */
import { type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { LanguageSupport, StreamLanguage } from "@codemirror/language";
import { FUNCTIONS } from "./functions";

const NAMES: Record<string, string> = {
  payload: "any",
  topic: "text",
  time: "s",
  quality: "good | uncertain | bad",
  id: "text",
  msg: "msg.unit",
};
const WORDS = ["and", "or", "not", "in", "is", "if", "else"];
const ATOMS = ["true", "false", "null", "True", "False", "None", "pi"];

const language = StreamLanguage.define<{ dotted: boolean }>({
  name: "expression",
  startState: () => ({ dotted: false }),
  token(stream, state) {
    const dotted = state.dotted;
    state.dotted = false;
    if (stream.eatSpace()) return null;
    if (stream.match(/^[fF]?("([^"\\]|\\.)*"?|'([^'\\]|\\.)*'?)/)) return "string";
    if (stream.match(/^(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?/)) return "number";
    const word = stream.match(/^[A-Za-z_]\w*/);
    if (word === null || typeof word === "boolean") {
      state.dotted = stream.next() === ".";
      return state.dotted ? null : "operator";
    }
    if (dotted) return "propertyName";
    if (ATOMS.includes(word[0])) return "atom";
    if (WORDS.includes(word[0])) return "keyword";
    return stream.match(/^\s*\(/, false) ? "variableName.function" : "variableName";
  },
});

const OFFERED: Completion[] = [
  ...Object.entries(NAMES).map(([label, detail]) => ({ label, detail, type: "variable", boost: 2 })),
  ...Object.entries(FUNCTIONS).map(([label, detail]) => ({ label, detail, type: "function", apply: `${label}(` })),
  ...[...WORDS, ...ATOMS.slice(0, 3), "pi"].map((label) => ({ label, type: "keyword" })),
];

function complete(context: CompletionContext): CompletionResult | null {
  const word = context.matchBefore(/[\w.]*/);
  if (word === null || word.text.includes(".") || (word.from === word.to && !context.explicit)) return null;
  return { from: word.from, options: OFFERED, validFor: /^\w*$/ };
}

export function expression(): LanguageSupport {
  return new LanguageSupport(language, language.data.of({ autocomplete: complete }));
}

/** Texts with `{{payload}}` in them. */
export function mustache(): LanguageSupport {
  return new LanguageSupport(
    StreamLanguage.define<{ inside: boolean }>({
      name: "mustache",
      startState: () => ({ inside: false }),
      token(stream, state) {
        if (!state.inside && stream.match(/^\{\{\{?[#^/&>!]?/)) {
          state.inside = true;
          return "keyword";
        }
        if (state.inside) {
          if (stream.match(/^\}?\}\}/)) {
            state.inside = false;
            return "keyword";
          }
          stream.next();
          return "variableName";
        }
        stream.next();
        stream.eatWhile(/[^{]/);
        return null;
      },
    }),
  );
}
