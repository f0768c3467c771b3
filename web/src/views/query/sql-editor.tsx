import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, type SQLNamespace, sql } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, StateEffect, StateField, Transaction } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type ReactElement, useEffect, useRef } from "react";

interface Props {
  readonly value: string;
  /** Tables with their columns, to complete. */
  readonly schema: SQLNamespace;
  /** Characters before what is wrong. */
  readonly problem: number | undefined;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

/** SQL to be typed: coloured, completed; Ctrl Enter runs it. Tab goes on to what comes next, as everywhere. */
export function SqlEditor({ value, schema, problem, onChange, onRun }: Props): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const language = useRef(new Compartment());
  const latest = useRef({ onChange, onRun });
  useEffect(() => {
    latest.current = { onChange, onRun };
  });
  useEffect(() => {
    const made = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        extensions: [
          keymap.of([{ key: "Mod-Enter", run: () => runNow(latest.current) }]),
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          history(),
          autocompletion(),
          language.current.of([]),
          syntaxHighlighting(COLOURS),
          problems,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "SQL", spellcheck: "false" }),
          EditorView.updateListener.of(
            ({ docChanged, state }) => docChanged && latest.current.onChange(state.doc.toString()),
          ),
          placeholder("A question in SQL"),
        ],
      }),
    });
    view.current = made;
    made.focus();
    return () => made.destroy();
  }, []);
  useEffect(() => {
    const effects = language.current.reconfigure(
      sql({ dialect: PostgreSQL, schema, upperCaseKeywords: true }),
    );
    view.current?.dispatch({ effects });
  }, [schema]);
  useEffect(() => {
    const made = view.current;
    if (!made || made.state.doc.toString() === value) return;
    made.dispatch({
      changes: { from: 0, to: made.state.doc.length, insert: value },
      annotations: Transaction.addToHistory.of(made.state.doc.length > 0),
    });
  }, [value]);
  useEffect(() => {
    const made = view.current;
    if (!made) return;
    made.dispatch({ effects: setProblem.of(problem) });
    if (problem !== undefined)
      made.dispatch({
        selection: { anchor: Math.min(problem, made.state.doc.length) },
        scrollIntoView: true,
      });
  }, [problem]);
  return <div ref={box} className="sql-editor" />;
}

function runNow({ onRun }: { readonly onRun: () => void }): boolean {
  onRun();
  return true;
}

const setProblem = StateEffect.define<number | undefined>();

/** The word where something is wrong; the mark goes with the next change. */
const problems = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (before, { effects, docChanged, state }) => {
    for (const effect of effects) if (effect.is(setProblem)) return marked(state, effect.value);
    return docChanged ? Decoration.none : before;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function marked(state: EditorState, offset: number | undefined): DecorationSet {
  if (offset === undefined || offset >= state.doc.length) return Decoration.none;
  const word = state.wordAt(offset) ?? { from: offset, to: offset + 1 };
  return Decoration.set(Decoration.mark({ class: "sql-problem" }).range(word.from, word.to));
}

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--t-constant)" },
  { tag: tags.string, color: "var(--t-string)" },
  { tag: tags.number, color: "var(--t-number)" },
  { tag: [tags.bool, tags.null], color: "var(--t-atom)" },
  { tag: tags.typeName, color: "var(--t-module)" },
  { tag: tags.comment, color: "var(--text-2)", fontStyle: "italic" },
]);
