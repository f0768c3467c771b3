import { type CallStep, type Execution, type Loss, replayCallSteps } from "./call-replay.ts";
import { finish, type Steps } from "./steps.ts";

/** What a process was at: a callback of OTP (`dispatch` to `state`) or a call of a traced function, with what it called in it. */
export interface WorkFrame<E extends CallStep> {
  readonly type: "callback" | "call";
  readonly pid: number;
  /** Of a callback the one that was called. */
  readonly mfa: number;
  readonly begin: E;
  readonly end: E | undefined;
  readonly outcome: Execution<E>["outcome"];
  /** Begin to end, a clock on the wall; undefined where no end is known. */
  readonly durationNs: bigint | undefined;
  /** The same, or the sum of what it called where its end is not known: own times add up to it in any case. */
  readonly totalNs: bigint;
  /** Without what it called; 0 where its end is not known. */
  readonly ownNs: bigint;
  /** In the order in which they began. */
  readonly children: readonly WorkFrame<E>[];
  /** False: events were lost meanwhile. */
  readonly certain: boolean;
}

/** An event, or where a callback ended unseen, as the replay of calls takes them. */
interface Step<E> extends CallStep {
  /** Absent: the callback ended some time before this. */
  readonly event: E | undefined;
}

/** Stands for all callbacks: these do not nest, and the state after one does not name it. */
const CALLBACK = -2;

/**
 * What processes were at, as trees: calls stand in the calls and callbacks that they were made in.
 *
 * @param events `call`, `flow_start`, `return`, `exception`, `dispatch`, `state` and `exit` of one window, each process's in its own order
 * @param losses in order of `from`
 * @returns by process, in the order in which they began; other events are passed over
 */
export const workTrees = <E extends CallStep>(
  events: readonly E[],
  losses: readonly Loss[],
): ReadonlyMap<number, readonly WorkFrame<E>[]> => finish(workTreeSteps(events, losses));

/** {@link workTrees} in pieces. */
export function* workTreeSteps<E extends CallStep>(
  events: readonly E[],
  losses: readonly Loss[],
): Steps<ReadonlyMap<number, readonly WorkFrame<E>[]>> {
  const building = new Map<Step<E>, Building<E>>();
  const roots = new Map<number, Building<E>[]>();
  for (const execution of yield* replayCallSteps(yield* stepsOf(events), losses)) {
    yield;
    const { call, parent, pid } = execution;
    if (!call) continue;
    const frame: Building<E> = { execution, children: [] };
    building.set(call, frame);
    const around = parent && building.get(parent);
    if (around) around.children.push(frame);
    else if (roots.has(pid)) roots.get(pid)!.push(frame);
    else roots.set(pid, [frame]);
  }
  const trees = new Map<number, readonly WorkFrame<E>[]>();
  for (const [pid, frames] of roots) {
    const done: WorkFrame<E>[] = [];
    for (const frame of frames) {
      done.push(built(frame));
      yield;
    }
    trees.set(pid, done);
  }
  return trees;
}

interface Building<E extends CallStep> {
  readonly execution: Execution<Step<E>>;
  readonly children: Building<E>[];
}

function* stepsOf<E extends CallStep>(events: readonly E[]): Steps<readonly Step<E>[]> {
  const steps: Step<E>[] = [];
  const busy = new Set<number>();
  const stepOf = (event: E, kind: string, mfa: number, told: E | undefined): Step<E> => {
    const { id, node, ts, pid } = event;
    return { id, node, ts, kind, pid, mfa, event: told };
  };
  for (const event of events) {
    yield;
    if (event.kind === "dispatch") {
      // Of several handlers of gen_event, or of a process that hibernated, the end is not told.
      if (busy.has(event.pid)) steps.push(stepOf(event, "return", CALLBACK, undefined));
      busy.add(event.pid);
      steps.push(stepOf(event, "call", CALLBACK, event));
    } else if (event.kind === "state") {
      if (busy.delete(event.pid)) steps.push(stepOf(event, "return", CALLBACK, event));
    } else if (event.kind === "flow_start") {
      // An entry point of flows is told of as such in place of its call; its end is told as any.
      steps.push(stepOf(event, "call", event.mfa, event));
    } else if (ENDS.has(event.kind)) {
      if (event.kind === "exit") busy.delete(event.pid);
      steps.push(stepOf(event, event.kind, event.mfa, event));
    }
  }
  return steps;
}

const ENDS: ReadonlySet<string> = new Set(["call", "return", "exception", "exit"]);

function built<E extends CallStep>({ execution, children }: Building<E>): WorkFrame<E> {
  const { call, end, pid, mfa, outcome, durationNs, certain } = execution;
  const inner = children.map(built);
  const known = end?.event === undefined ? undefined : durationNs;
  const called = inner.reduce((sum, { totalNs }) => sum + totalNs, 0n);
  const begin = call!.event!;
  return {
    type: mfa === CALLBACK ? "callback" : "call",
    pid,
    mfa: begin.mfa,
    begin,
    end: end?.event,
    outcome: end && end.event === undefined ? "unknown" : outcome,
    durationNs: known,
    totalNs: known ?? called,
    ownNs: known === undefined ? 0n : known - called,
    children: inner,
    certain,
  };
}
