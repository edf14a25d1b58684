/** The editor in the colours of the page: CSS variables, so that light and dark need no second theme. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const style = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.operatorKeyword], color: "var(--actuator)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.atom, tags.bool, tags.null], color: "var(--transform)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--source)" },
  { tag: tags.comment, color: "var(--text-2)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { backgroundColor: "var(--panel)", color: "var(--text)", fontSize: "13px" },
  ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--text)", padding: "6px 0" },
  ".cm-gutters": { backgroundColor: "var(--ground)", color: "var(--text-2)", borderRight: "1px solid var(--border)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "color-mix(in srgb, var(--focus) 25%, transparent) !important" },
  ".cm-matchingBracket": { backgroundColor: "var(--hover)", outline: "1px solid var(--control)" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--text)", border: "1px solid var(--border)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--focus)", color: "var(--on-focus)" },
  ".cm-completionDetail": { color: "inherit", fontStyle: "normal", opacity: "1" },
  // The library marks faults by images in data: URLs, which the page's security policy refuses.
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--error)" },
  ".cm-lint-marker-error": { content: '"!"', color: "var(--error)", fontWeight: "700", textAlign: "center" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--error)" },
  ".cm-placeholder": { color: "var(--text-2)" },
});

export const colours = [theme, syntaxHighlighting(style)];
