import type { AskAnswer, DiagnoseAnswer, FindingRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { filterInput } from "../filter-options.ts";
import { counted, printable, processText } from "../format.ts";
import type { Instant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";

export interface DiagnoseOptions extends QuestionOptions {
  readonly process?: string | undefined;
  readonly inFlow?: string | undefined;
  readonly request?: number | undefined;
  readonly liveview?: string | undefined;
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly limit: number;
}

export interface AskCommandOptions extends QuestionOptions {
  readonly node?: string | undefined;
  readonly model?: string | undefined;
  /** Milliseconds. */
  readonly modelTimeout?: number | undefined;
}

/** What a message changed, and how long its callback took, shows in states. */
const LEVEL = "state";
/** Characters of a question. */
const SHORTEST = 3;

/** What went wrong, with the events that say so. */
export function diagnose(
  context: Context,
  node: string | undefined,
  options: DiagnoseOptions,
): Promise<number> {
  const { process, inFlow, request, liveview, on, from, to, limit } = options;
  if ([process, inFlow, request, liveview].filter((one) => one !== undefined).length > 1)
    throw usageError("Say of what: --process, --in-flow, --request or --liveview, one of them or none.");
  return question(context, node, { ...options, level: levelOf(options) }, async (client) => {
    const window = await filterInput(client, { process, inFlow, on, from, to });
    const answer = await client.call("diagnose", {
      ...window,
      limit,
      ...(request === undefined ? {} : { request }),
      ...(liveview === undefined ? {} : { liveView: liveview }),
    });
    const { out, err } = context;
    if (options.json) jsonLine(out, answer);
    else for (const line of diagnosisLines(answer, out)) out.line(line);
    if (!options.json) err.line(err.color.dim(lookedAt(answer)));
    return answer.rows.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** A question in words. */
export function ask(context: Context, text: string, options: AskCommandOptions): Promise<number> {
  if (text.trim().length < SHORTEST)
    throw usageError("Ask in a sentence: elixirscope ask 'Why do transfers hang?'");
  return question(context, options.node, { ...options, level: levelOf(options) }, async (client) => {
    const zoneMinutes = -new Date().getTimezoneOffset();
    const answer = await client.call("ask", { question: text, zoneMinutes });
    const model = options.model ?? context.env.ELIXIRSCOPE_MODEL;
    if (model) return modelled(context, client, answer, { ...options, model });
    if (options.json) jsonLine(context.out, answer);
    else for (const line of answerLines(answer, context.out)) context.out.line(line);
    const { err } = context;
    if (!options.json && answer.others > 0)
      err.line(err.color.dim(`${counted(answer.others, "other warning")}: elixirscope diagnose`));
    return answer.sentences.length > 0 ? EXIT.ok : EXIT.notFound;
  });
}

/** What a model makes of it, as far as the events that it names hold it. */
async function modelled(
  { env, out, err }: Context,
  client: Client,
  alone: AskAnswer,
  options: AskCommandOptions & { readonly model: string },
): Promise<number> {
  const { askModel } = await import("../../ai/index.ts");
  const { question: text } = alone;
  const { model, modelTimeout: timeoutMs = MODEL_MS } = options;
  const answer = await askModel(client, { question: text, model, alone, env, timeoutMs });
  const held = answer.claims.filter(({ why }) => why === "");
  const rest = answer.claims.filter(({ why }) => why !== "");
  if (options.json) jsonLine(out, { ...alone, model: answer });
  else {
    const none = "Nothing that the model said is held by the events that it named. The detectors say:";
    for (const claim of held)
      for (const line of wrapped(`${printable(claim.text)} ${idsOf(claim.evidence)}`, "", out))
        out.line(line);
    if (held.length === 0) for (const line of [none, "", ...answerLines(alone, out)]) out.line(line);
    for (const { text: said, why } of rest) err.line(err.color.dim(`Not shown: ${printable(said)} ${why}`));
    err.line(
      err.color.dim(`By ${printable(answer.model)}, ${counted(answer.asked, "question")} to the record.`),
    );
  }
  return held.length > 0 || alone.verdict !== "ok" ? EXIT.ok : EXIT.notFound;
}

const MODEL_MS = 120_000;

/** Where it attaches for the moment: other levels where something asks for them. */
const levelOf = ({ level, trace, lines, flow }: QuestionOptions): QuestionOptions["level"] =>
  level ?? (trace || lines || flow ? undefined : LEVEL);

type Out = Pick<Context["out"], "columns" | "color">;

export function diagnosisLines({ rows, more, blind }: DiagnoseAnswer, out: Out): readonly string[] {
  const { color } = out;
  return [
    ...rows.flatMap((row) => [...findingLines(row, out), ""]),
    ...(rows.length === 0 ? ["Nothing that was recorded went wrong.", ""] : []),
    ...(more ? [color.dim("There is more; --limit for more of it."), ""] : []),
    ...blind.flatMap((row) => wrapped(`? ${row.summary} ${row.confirm}`, "  ", out).map(color.dim)),
  ];
}

export function answerLines(answer: AskAnswer, out: Out): readonly string[] {
  const { color } = out;
  const { sentences, todo, unknown } = answer;
  const nothing =
    sentences.length === 0 ? ["Nothing that was recorded went wrong in a way that would answer this."] : [];
  return [
    ...nothing,
    ...sentences.flatMap(({ text, evidence }) => wrapped(`${printable(text)} ${idsOf(evidence)}`, "", out)),
    ...(todo === "" ? [] : ["", color.bold("What to do"), ...wrapped(printable(todo), "  ", out)]),
    ...(unknown.length === 0 ? [] : ["", color.bold("Not known")]),
    ...unknown.flatMap((text) => wrapped(`- ${printable(text)}`, "  ", out)),
  ];
}

function findingLines(row: FindingRow, out: Out): readonly string[] {
  const { color } = out;
  const sign = row.verdict === "warn" ? color.red("warn") : color.yellow("recheck");
  const who = row.processes.map((process) => `${processText(process)} (${process.handle})`).join(", ");
  return [
    `${sign}  ${color.bold(row.detector)}${who === "" ? "" : color.dim(`  ${who}`)}`,
    ...wrapped(`${printable(row.summary)} ${idsOf(row.evidence)}`, "  ", out),
    ...(row.confirm === "" ? [] : wrapped(`Not known: ${printable(row.confirm)}`, "  ", out)),
    ...wrapped(`→ ${printable(row.todo)}`, "  ", out),
  ];
}

const idsOf = (evidence: readonly number[]): string => `[${evidence.join(" ")}]`;

const lookedAt = ({ rows, clear, blind }: DiagnoseAnswer): string =>
  `${counted(rows.length, "finding")}; ${counted(clear.length, "detector")} saw nothing of the kind, ${blind.length} had nothing to look at`;

/** In lines of the terminal's width. */
function wrapped(text: string, indent: string, { columns }: Out): readonly string[] {
  const width = Math.max(40, Math.min(columns, 120)) - indent.length;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line);
}
