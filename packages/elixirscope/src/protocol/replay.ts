import { z } from "zod";
import type { ProcessRef } from "./answers.ts";
import type { StateDiff } from "./state-answers.ts";

// Replay: recorded callbacks, run once more on a live node in the code as it is now. They run in a sandbox process, for
// real: a message to a process that is named, a table, a file, a database are the live ones. So nothing runs without `run`.

export interface ReplayInput {
  /** Ids of `state`, `dispatch` or `receive` events, each of a callback. */
  readonly events?: readonly number[] | undefined;
  /** In place of `events`: the callbacks of this process … */
  readonly process?: string | undefined;
  /** … between these events, inclusive. */
  readonly fromId?: number | undefined;
  readonly toId?: number | undefined;
  /** Each goes on with the outcome of the one before it; otherwise each with the state that is recorded. */
  readonly chain?: boolean | undefined;
  /** Run them; without it only what they may do is looked for. */
  readonly run?: boolean | undefined;
  /** Milliseconds that one callback may take; default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** The node to run on; needed where the ElixirScope that is asked shows a recording. Absent: that of the callback. */
  readonly node?: string | undefined;
  readonly cookie?: string | undefined;
}

/** How a callback ended. Texts of terms; null: it has none, or that is not recorded. */
export interface ReplayOutcome {
  /** `stopped`: by us, since it took too long, too much, or asked somebody whose answer is not recorded. */
  readonly ended: "returned" | "raised" | "stopped";
  readonly reply: string | null;
  readonly state: string | null;
  /** What the process does next: `:noreply`, `{:stop, :normal}`, `{:continue, :load}`, actions of a gen_statem. */
  readonly next: string | null;
  /** `** (error) :badarith`. */
  readonly exception: string | null;
  /** `Hello.Counter.handle_call/3 (lib/hello/counter.ex:17)`, innermost first. */
  readonly stack: readonly string[];
}

export interface ReplayDifference {
  readonly what: "reply" | "state" | "next" | "exception" | "messages";
  readonly before: string | null;
  readonly after: string | null;
  /** Part by part, where both are there. */
  readonly diff: StateDiff | null;
}

/** What the callback did beyond its result. */
export interface ReplayEffect {
  readonly kind: string;
  /** Receiver of a message, with its name where it has one; "" for other kinds. */
  readonly to: string;
  readonly what: string;
  /** It went to a stand-in, or went away with the sandbox. Otherwise it has happened for real. */
  readonly caught: boolean;
}

/** What the code that the callback reaches may do. */
export interface ReplayRisk {
  readonly kind: string;
  /** `:ets.insert/2` */
  readonly call: string;
  /** `Hello.Counter.handle_call/3` */
  readonly in: string;
}

export interface ReplayRow {
  /** Of the recorded `state` event that it left. */
  readonly event: number;
  /** Where the callback began; null: not recorded. */
  readonly dispatch: number | null;
  /** The message that it was called with. */
  readonly message: number | null;
  readonly process: ProcessRef | null;
  readonly callback: string;
  readonly argument: string;
  readonly verdict: "same" | "differs" | "not_run";
  /** Why it cannot be run, or was not to its end; "" also where it was only looked at. */
  readonly why: string;
  readonly recorded: ReplayOutcome;
  readonly replayed: ReplayOutcome | null;
  readonly differences: readonly ReplayDifference[];
  /** What differs, but would from run to run: a fresh reference, pid, function, or a clock's reading. */
  readonly volatile: readonly { readonly path: string; readonly kind: string }[];
  readonly effects: readonly ReplayEffect[];
  readonly effectsTotal: number;
  readonly risks: readonly ReplayRisk[];
  /** Modules whose code is in no file, so that nobody looked at what it may do. */
  readonly unread: readonly string[];
  /** What it wrote to its group leader. */
  readonly output: string;
  readonly durationNs: number | null;
  readonly notes: readonly string[];
}

export interface ReplayAnswer {
  readonly node: string;
  readonly ran: boolean;
  readonly chained: boolean;
  /** `differs` where one does; else `not_run` where one was not run; else `same`. */
  readonly verdict: ReplayRow["verdict"];
  readonly rows: readonly ReplayRow[];
}

/** Part of `Methods`. */
export interface ReplayMethods {
  /** Runs recorded callbacks once more, on a live node, and says what differs. */
  readonly replay: { readonly input: ReplayInput; readonly output: ReplayAnswer };
}

const id = z.number().int().nonnegative();

export const replaySchemas: {
  readonly [M in keyof ReplayMethods]: z.ZodType<ReplayMethods[M]["input"]>;
} = {
  replay: z
    .strictObject({
      events: z.array(id).min(1).max(100).optional(),
      process: z.string().min(1).max(512).optional(),
      fromId: id.optional(),
      toId: id.optional(),
      chain: z.boolean().optional(),
      run: z.boolean().optional(),
      timeoutMs: z.number().int().min(10).max(20_000).optional(),
      node: z.string().min(1).max(512).optional(),
      cookie: z.string().max(255).optional(),
    })
    .refine(({ events, process }) => (events === undefined) !== (process === undefined), {
      message: "Give events, or a process.",
      path: ["events"],
    }),
};
