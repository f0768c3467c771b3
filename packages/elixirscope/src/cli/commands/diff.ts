import type { StateRow } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import { type Instant, resolveInstant } from "../instant.ts";
import { jsonLine } from "../output.ts";
import { stateText } from "../state-text.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type QuestionOptions, question } from "./question.ts";
import { clockTime } from "./rows.ts";

export interface DiffOptions extends QuestionOptions {
  readonly node?: string | undefined;
  readonly with?: string | undefined;
  readonly at?: Instant | undefined;
  readonly and?: Instant | undefined;
  /** Another recording. */
  readonly to?: string | undefined;
}

/** What differs between two instants of a process, between two processes, or first between two recordings. */
export function diff(context: Context, process: string | undefined, options: DiffOptions): Promise<number> {
  if (options.to !== undefined) return divergence(context, process, options.recording, options.to, options);
  if (process === undefined)
    throw usageError("Say of which process, or give two recordings: --recording GOOD --to BAD.");
  if (options.with === undefined && options.at === undefined)
    throw usageError("Give two places: --at 1s --and 5s, or another process: --with Other.");
  return question(context, options.node, options, async (client) => {
    const [at, and] = [await instantOf(client, options.at), await instantOf(client, options.and)];
    const found = await client.call("diff", {
      a: { process, ...at },
      b: {
        process: options.with ?? process,
        ...(options.with !== undefined && options.and === undefined ? at : and),
      },
    });
    const { out, err } = context;
    if (options.json) jsonLine(out, found);
    else if (found.a && found.b) {
      out.line(`- event ${found.a.id} at ${clockTime(found.a.at)}`);
      out.line(`+ event ${found.b.id} at ${clockTime(found.b.at)}`);
      const width = out.isTTY ? out.columns : Number.POSITIVE_INFINITY;
      for (const line of stateText(
        { ...found.b, ...NO_CAUSE, diff: found.diff },
        width,
        true,
        out.color,
      ).slice(1))
        out.line(line);
      for (const { iex } of found.diff?.changes ?? [])
        if (iex !== undefined) err.line(err.color.dim(`iex> ${iex}`));
    }
    if (found.why !== "") err.line(err.color.dim(found.why));
    return found.a && found.b ? EXIT.ok : EXIT.notFound;
  });
}

/** How the second state came about is another question. */
const NO_CAUSE = { cause: null, occasion: "", reason: null } as const;

async function instantOf(client: Client, instant: Instant | undefined): Promise<{ t?: number }> {
  if (instant === undefined) return {};
  return { t: Math.round(resolveInstant(instant, await client.call("status", {}))) };
}

const PAGE = 1_000;
const MOST = 20_000;

interface Divergence {
  readonly process: string;
  /** How many states were the same before it. */
  readonly same: number;
  readonly good: StateRow | null;
  readonly bad: StateRow | null;
}

/** The first state that is other in the second recording, of the processes that have the same name in both. */
async function divergence(
  context: Context,
  process: string | undefined,
  good: string | undefined,
  bad: string,
  options: DiffOptions,
): Promise<number> {
  if (good === undefined) throw usageError("--to is the second recording: give the first with --recording.");
  const open = (recording: string): ReturnType<typeof openTarget> =>
    openTarget(context, { recording, attach: {} });
  const first = await open(good);
  try {
    const second = await open(bad);
    try {
      const clients = [first.client, second.client] as const;
      const names = process === undefined ? await sharedNames(clients) : [process];
      const found: Divergence[] = [];
      for (const name of names) found.push(...(await divergenceOf(clients, name)));
      found.sort((a, b) => (a.bad ?? a.good)!.t - (b.bad ?? b.good)!.t);
      return print(context, found[0], names.length, options);
    } finally {
      await second.close();
    }
  } finally {
    await first.close();
  }
}

async function sharedNames(clients: readonly [Client, Client]): Promise<readonly string[]> {
  const [good, bad] = await Promise.all(
    clients.map(async (client) => {
      const { rows } = await client.call("processes", { limit: 100_000 });
      return new Set(rows.flatMap(({ name }) => name ?? []));
    }),
  );
  return [...good!].filter((name) => bad!.has(name));
}

async function divergenceOf(
  clients: readonly [Client, Client],
  process: string,
): Promise<readonly Divergence[]> {
  let same = 0;
  let after = [0, 0];
  while (same < MOST) {
    const pages = await Promise.all(
      clients.map((client, i) => client.call("states", { process, afterId: after[i]!, limit: PAGE })),
    );
    const [good, bad] = [pages[0]!.rows, pages[1]!.rows];
    for (let i = 0; i < Math.max(good.length, bad.length); i++) {
      const [one, other] = [good[i], bad[i]];
      if (one && other && comparable(one) === comparable(other)) same++;
      else return [{ process, same, good: one ?? null, bad: other ?? null }];
    }
    if (good.length < PAGE) return [];
    after = [good.at(-1)!.id, bad.at(-1)!.id];
  }
  return [];
}

/** Pids and references differ from run to run. */
const comparable = ({ state, callback }: StateRow): string =>
  `${callback} ${state.text.replaceAll(/#(PID|Reference|Port)<[\d.]+>/g, "#$1<>")}`;

function print(
  { out, err }: Context,
  found: Divergence | undefined,
  processes: number,
  options: DiffOptions,
): number {
  if (!found) {
    err.line(
      err.color.dim(`No difference in the states of ${processes} processes that have the same name in both.`),
    );
    return EXIT.notFound;
  }
  if (options.json) jsonLine(out, found);
  else {
    out.line(`${found.process}: the same for ${found.same} states, then`);
    for (const [sign, row] of [
      ["-", found.good],
      ["+", found.bad],
    ] as const)
      out.line(
        row
          ? `${sign} ${row.callback ?? row.function}  ${row.state.text}  (event ${row.id}${row.cause ? `, for ${row.cause.summary}` : ""})`
          : `${sign} no more states`,
      );
  }
  return EXIT.ok;
}
