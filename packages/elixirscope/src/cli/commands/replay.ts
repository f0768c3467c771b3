import type { ReplayAnswer, ReplayInput } from "../../protocol/index.ts";
import { type CookieOptions, givenCookie } from "../cookie.ts";
import { EXIT, usageError } from "../errors.ts";
import { jsonLine } from "../output.ts";
import { replayLines } from "../replay-text.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface ReplayOptions extends CookieOptions {
  readonly recording?: string | undefined;
  readonly node?: string | undefined;
  readonly process?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly chain?: boolean | undefined;
  readonly yesRunIt?: boolean | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  readonly json?: boolean | undefined;
}

/** For CI: 0 the same, 1 something differs, 2 something could not be run. */
const REPLAY_EXIT = { same: 0, differs: 1, not_run: 2 } as const;

/** Recorded callbacks, run once more on a live node. */
export async function replay(
  context: Context,
  events: readonly number[],
  options: ReplayOptions,
): Promise<number> {
  const input = await replayInput(context, events, options);
  const { node, recording } = options;
  // Whoever asks about a recording says where to run; a running ElixirScope runs on the node that it is attached to.
  if (recording === undefined && !(await findRunning(context.env, node))) throw notRunning(node);
  const target = await openTarget(context, {
    node: recording === undefined ? node : undefined,
    recording,
    attach: {},
  });
  try {
    const answer = await target.client.call("replay", input);
    const { out } = context;
    if (options.json) jsonLine(out, answer);
    else for (const line of replayLines(answer, out)) out.line(line);
    return exitOf(answer);
  } finally {
    await target.close();
  }
}

async function replayInput(
  context: Context,
  events: readonly number[],
  options: ReplayOptions,
): Promise<ReplayInput> {
  const { process, from, to, recording, node, chain, yesRunIt, timeout } = options;
  if (events.length > 0 === (process !== undefined))
    throw usageError(
      "Say which callbacks: events (elixirscope replay 1200), or --process with --from and --to.",
    );
  if (recording !== undefined && node === undefined)
    throw usageError("Say on which node they are to be run: --node my_app@127.0.0.1.");
  const cookie = recording === undefined ? undefined : await givenCookie(context, options);
  return {
    ...(process === undefined ? { events } : { process, fromId: from, toId: to }),
    chain,
    run: yesRunIt === true,
    timeoutMs: timeout,
    ...(recording === undefined ? {} : { node, cookie }),
  };
}

/** Only looked at: 0, unless something could not be run. */
function exitOf({ ran, verdict, rows }: ReplayAnswer): number {
  if (ran) return REPLAY_EXIT[verdict];
  return rows.every(({ why }) => why === "") ? EXIT.ok : REPLAY_EXIT.not_run;
}
