import type { ReplayAnswer, ReplayDifference, ReplayOutcome, ReplayRow } from "../protocol/index.ts";
import { clip, counted, formatNs, printable } from "./format.ts";
import type { Colors } from "./terminal.ts";

interface Shape {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly color: Colors;
}

/** What came of each callback: verdict, what differs, what it did beside its result. */
export function replayLines(answer: ReplayAnswer, { isTTY, columns, color }: Shape): readonly string[] {
  const width = isTTY ? columns : Number.POSITIVE_INFINITY;
  const lines = answer.rows.flatMap((row) => rowLines(row, answer.ran, color));
  const end = answer.ran ? summary(answer) : dryText(answer);
  return [...lines.map((line) => clip(line, width)), ...end];
}

function summary({ rows, node, chained }: ReplayAnswer): readonly string[] {
  const count = (verdict: ReplayRow["verdict"]): number =>
    rows.filter((row) => row.verdict === verdict).length;
  const real = rows.flatMap(({ effects }) => effects).filter(({ caught }) => !caught).length;
  return [
    `${counted(rows.length, "callback")} on ${node}${chained ? ", each on the outcome of the one before" : ""}: ${count("same")} same, ${count("differs")} different, ${count("not_run")} not run`,
    ...(real === 0
      ? []
      : [`${counted(real, "effect")} outside of the sandbox happened for real (marked !).`]),
  ];
}

const dryText = ({ node }: ReplayAnswer): readonly string[] => [
  `Nothing was run. With --yes-run-it the callbacks run on ${node}, in a sandbox process, in the code as it is now. Messages to processes`,
  "that their state or message holds are caught, and so is the answer to who called. Everything else happens for real: messages to names, tables,",
  "files, sockets, databases, other nodes.",
];

function rowLines(row: ReplayRow, ran: boolean, color: Colors): readonly string[] {
  const who = row.process?.label ?? "";
  const took = row.durationNs === null ? "" : color.dim(`  ${formatNs(row.durationNs)}`);
  const head = `${verdictText(row, ran, color)}  ${row.callback || "callback"} of ${printable(who)}${color.dim(`  event ${row.event}`)}${took}`;
  return [
    head,
    ...(row.argument === "" ? [] : [`  ${color.dim("for")} ${printable(row.argument)}`]),
    ...(row.why === "" ? [] : [`  ${color.yellow(printable(row.why))}`]),
    ...row.differences.flatMap((difference) => differenceLines(difference, color)),
    ...(row.verdict === "same" && row.replayed ? outcomeLines(row.replayed) : []),
    ...(row.replayed?.stack ?? []).slice(0, 5).map((frame) => `    ${color.dim(printable(frame))}`),
    ...row.volatile.map(({ path, kind }) => color.dim(`  ~ ${printable(path)}: differs by a ${kind} only`)),
    ...row.effects.map(({ kind, to, what, caught }) => {
      const text = `${kind}${to === "" ? "" : ` to ${printable(to)}`}: ${printable(what)}`;
      return caught ? color.dim(`  · ${text} (caught)`) : color.yellow(`  ! ${text}`);
    }),
    ...(row.effectsTotal > row.effects.length ? [color.dim(`  … of ${row.effectsTotal} in all`)] : []),
    ...(ran ? [] : riskLines(row, color)),
    ...(row.output === "" ? [] : [`  ${color.dim("wrote")} ${printable(row.output.trimEnd())}`]),
    ...row.notes.map((note) => color.dim(`  (${printable(note)})`)),
  ];
}

function verdictText({ verdict, why }: ReplayRow, ran: boolean, color: Colors): string {
  if (verdict === "same") return color.green("same   ");
  if (verdict === "differs") return color.red("differs");
  return ran || why !== "" ? color.yellow("not run") : color.dim("ready  ");
}

const outcomeLines = ({ reply, next, exception }: ReplayOutcome): readonly string[] => [
  ...(reply === null ? [] : [`  reply ${printable(reply)}`]),
  ...(next === null || next === ":noreply" ? [] : [`  next ${printable(next)}`]),
  ...(exception === null ? [] : [`  ${printable(exception)}`]),
];

function differenceLines({ what, before, after, diff }: ReplayDifference, color: Colors): readonly string[] {
  const minus = (path: string, text: string | null): readonly string[] =>
    text === null ? [] : [color.red(`  - ${path}: ${printable(text)}`)];
  const plus = (path: string, text: string | null): readonly string[] =>
    text === null ? [] : [color.green(`  + ${path}: ${printable(text)}`)];
  if (!diff) return [...minus(what, before), ...plus(what, after)];
  const parts = diff.changes.flatMap((change) => [
    ...minus(`${what}${change.path}`, change.before),
    ...plus(`${what}${change.path}`, change.after),
  ]);
  return diff.more ? [...parts, color.dim("  … and more")] : parts;
}

function riskLines({ risks, unread }: ReplayRow, color: Colors): readonly string[] {
  return [
    ...risks.map((risk) =>
      color.yellow(`  may: ${risk.kind}, ${printable(risk.call)} in ${printable(risk.in)}`),
    ),
    ...unread.map((module) =>
      color.yellow(
        `  nobody knows what ${printable(module)} may do: its code is in no file that could be read`,
      ),
    ),
  ];
}
