import { highlightCode, tagHighlighter, tags } from "@lezer/highlight";
import { parser } from "lezer-elixir";

// Printed terms have a tokenizer of their own (`elixir-tokens.ts`), since they may be cut anywhere. Sources have sigils,
// heredocs and interpolation: they are left to the grammar that Livebook's editor uses, without the editor, of which a
// view that is only read needs nothing. Both end in the same colours.
const COLOURS = tagHighlighter([
  { tag: tags.keyword, class: "tk-keyword" },
  { tag: tags.atom, class: "tk-atom" },
  { tag: tags.namespace, class: "tk-module" },
  { tag: [tags.bool, tags.null], class: "tk-constant" },
  { tag: [tags.integer, tags.float, tags.character], class: "tk-number" },
  { tag: [tags.string, tags.special(tags.string), tags.escape], class: "tk-string" },
  { tag: [tags.comment, tags.lineComment, tags.docString], class: "tk-comment" },
  { tag: tags.attributeName, class: "tk-attribute" },
  { tag: tags.function(tags.variableName), class: "tk-call" },
]);

/** A piece of a line; `look` is the class of its colour, or "". */
export interface SourceToken {
  readonly text: string;
  readonly look: string;
}

/** The lines of a source in their colours; joined they give the text back. Other languages than Elixir stay plain. */
export function sourceLines(text: string, file: string): readonly (readonly SourceToken[])[] {
  if (!/\.exs?$/.test(file)) return text.split("\n").map((line) => [{ text: line, look: "" }]);
  const lines: SourceToken[][] = [[]];
  highlightCode(
    text,
    parser.parse(text),
    COLOURS,
    (piece, look) => lines.at(-1)!.push({ text: piece, look }),
    () => lines.push([]),
  );
  return lines;
}
