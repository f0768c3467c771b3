/** Where in a question an engine found something wrong. */
export interface SqlProblem {
  readonly message: string;
  /** Characters before the place; undefined where the engine names none. */
  readonly offset: number | undefined;
}

/**
 * What an engine says of a question, and the place in it: DuckDB prints the line (or a part of it, between dots) and a caret below
 * it, ClickHouse a position.
 */
export function sqlProblem(sql: string, message: string): SqlProblem {
  const lines = message.split("\n");
  const at = lines.findIndex((line) => /^LINE \d+: /.test(line));
  if (at < 0) {
    const [, position] = /failed at position (\d+)/.exec(message) ?? [];
    return { message, offset: position === undefined ? undefined : Number(position) - 1 };
  }
  const [, head = "", number = "1", shown = ""] = /^(LINE (\d+): )(.*)$/.exec(lines[at]!) ?? [];
  const caret = (lines[at + 1] ?? "").indexOf("^") - head.length;
  const said = lines
    .slice(0, at)
    .join("\n")
    .replace(/^Failed to extract statements: /, "")
    .trim();
  const offset = caret < 0 ? undefined : offsetOf(sql, Number(number), shown, caret);
  return { message: said === "" ? message : said, offset };
}

function offsetOf(sql: string, number: number, shown: string, caret: number): number | undefined {
  const lines = sql.split("\n");
  const line = lines[number - 1];
  if (line === undefined) return undefined;
  const before = lines.slice(0, number - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const part = shown.replace(/^\.\.\./, "").replace(/\.\.\.$/, "");
  const start = line.indexOf(part);
  const dots = shown.startsWith("...") ? 3 : 0;
  return before + Math.min(line.length, Math.max(0, Math.max(0, start) + caret - dots));
}
