/** The line of a text in which the caret stands, and where that begins. */
export function lineAt(text: string, caret: number): { readonly text: string; readonly from: number } {
  const from = text.lastIndexOf("\n", caret - 1) + 1;
  const end = text.indexOf("\n", caret);
  return { text: text.slice(from, end < 0 ? text.length : end), from };
}

/** The text with another line in that one's place, and the caret at its end. */
export function withLine(
  text: string,
  caret: number,
  line: string,
): { readonly text: string; readonly caret: number } {
  const before = lineAt(text, caret);
  const { from } = before;
  return {
    text: text.slice(0, from) + line + text.slice(from + before.text.length),
    caret: from + line.length,
  };
}
