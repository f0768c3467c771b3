import type { LineList, LineRow, SourceAnswer } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { clip, formatCount, printable } from "../format.ts";
import { jsonLine } from "../output.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface LinesOptions extends Omit<QuestionOptions, "level" | "trace" | "lines"> {
  /** Where none is attached: attach to this node for the moment. */
  readonly node?: string | undefined;
}

/** Lines shown around those that ran. */
const AROUND = 2;

/** The source of a module with how often its lines ran and the newest values of what was bound there. */
export async function lines(context: Context, module: string, options: LinesOptions): Promise<number> {
  const asked = { ...options, level: "observe" as const, lines: [module] };
  return question(context, options.node, asked, async (client) => {
    const list = await client.call("lines", { module });
    if (options.json) jsonLine(context.out, list);
    else print(context, list, await client.call("source", { module }));
    return list.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

function print({ out, err }: Context, list: LineList, { file, text, changed }: SourceAnswer): void {
  const texts = text?.split("\n");
  const byLine = new Map(list.rows.map((row) => [row.line, row]));
  const shown = texts ? around([...byLine.keys()], texts.length) : [...byLine.keys()];
  let before = 0;
  for (const line of shown) {
    if (before > 0 && line > before + 1) out.line(out.color.dim("        …"));
    out.line(
      lineText(line, byLine.get(line), texts?.[line - 1] ?? "", out.isTTY ? out.columns : 200, out.color),
    );
    before = line;
  }
  const note = text === null ? " (not there)" : changed ? " (changed since it was compiled)" : "";
  const where = file === null ? "" : ` · ${file}${note}`;
  const bound = list.complete ? "" : "; only the newest were read";
  err.line(err.color.dim(`${list.module}${where} · ${formatCount(list.scanned)} lines ran${bound}`));
}

const around = (ran: readonly number[], last: number): readonly number[] =>
  [...new Set(ran.flatMap((line) => Array.from({ length: 2 * AROUND + 1 }, (_, i) => line - AROUND + i)))]
    .filter((line) => line >= 1 && line <= last)
    .sort((a, b) => a - b);

function lineText(
  line: number,
  row: LineRow | undefined,
  source: string,
  width: number,
  color: Context["out"]["color"],
): string {
  const count = row && row.count > 0 ? `${formatCount(row.count)}×` : "";
  const values = (row?.values ?? []).map(({ name, value }) => `${name} = ${value.text}`).join(", ");
  const head = `${String(line).padStart(5)} ${count.padStart(8)}  ${printable(source)}`;
  if (values === "") return count === "" ? color.dim(clip(head, width)) : clip(head, width);
  const room = width - head.length - 5;
  const text = clip(printable(values), Math.max(20, room));
  return `${head}   ${color.cyan(`# ${text}`)}`;
}
