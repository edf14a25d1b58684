/** CodeMirror 6 for Python, expressions and templates; loaded with the first code that is shown. */
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, temporarilySetTabFocusMode } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit, type LanguageSupport } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { type ReactNode, useEffect, useRef } from "react";
import { colours } from "./colours";
import { expression, mustache } from "./expression";

interface Props {
  id: string;
  label: string;
  describedBy: string | undefined;
  invalid: boolean;
  language: string;
  text: string;
  readonly: boolean;
  /** The line that failed, with why; line 0: none known. */
  fault: { line: number; text: string } | null;
  onChange(text: string): void;
}

const LANGUAGES: Record<string, () => LanguageSupport> = {
  python,
  expression,
  mustache,
};

export default function CodeEditor(props: Props): ReactNode {
  const { id, label, describedBy, invalid, language, text, readonly, fault, onChange } = props;
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const changed = useRef(onChange);
  changed.current = onChange;
  const words = useRef(new Compartment());
  const lock = useRef(new Compartment());

  useEffect(() => {
    if (place.current === null) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          setup(language),
          words.current.of([]),
          lock.current.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((one) => one.isUserEvent("outside"))) changed.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    editor.current = view;
    return () => {
      editor.current = null;
      view.destroy();
    };
    // The text is brought in below: the editor is made once for each language.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [language]);

  useEffect(() => {
    const attributes: Record<string, string> = { id, "aria-label": label };
    if (describedBy) attributes["aria-describedby"] = describedBy;
    if (invalid) attributes["aria-invalid"] = "true";
    editor.current?.dispatch({ effects: words.current.reconfigure(EditorView.contentAttributes.of(attributes)) });
  }, [id, label, describedBy, invalid, language]);

  useEffect(() => {
    const extension = readonly ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : [];
    editor.current?.dispatch({ effects: lock.current.reconfigure(extension) });
  }, [readonly, language]);

  useEffect(() => {
    const view = editor.current;
    const now = view?.state.doc.toString();
    if (view === null || now === text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, userEvent: "outside" });
  }, [text, language]);

  useEffect(() => {
    const view = editor.current;
    if (view === null) return;
    const line = fault === null || fault.line < 1 || fault.line > view.state.doc.lines ? null : view.state.doc.line(fault.line);
    const found = line === null || fault === null ? [] : [{ from: line.from, to: line.to, severity: "error" as const, message: fault.text }];
    view.dispatch(setDiagnostics(view.state, found));
  }, [fault, text, language]);

  return <div ref={place} className={`form-editor form-editor-${language}`} />;
}

function setup(language: string): Extension {
  const many = language === "python";
  return [
    history(),
    many ? [lineNumbers(), lintGutter(), indentUnit.of("    ")] : [],
    EditorView.lineWrapping,
    bracketMatching(),
    indentOnInput(),
    autocompletion({ icons: false }),
    LANGUAGES[language]?.() ?? [],
    colours,
    // Tab indents; after Escape the next Tab leaves, as everywhere on the page.
    keymap.of([
      ...completionKeymap,
      { key: "Escape", run: temporarilySetTabFocusMode, stopPropagation: true },
      ...historyKeymap,
      ...defaultKeymap,
      ...(many ? [indentWithTab] : []),
    ]),
  ];
}
