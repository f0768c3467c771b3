import { finish, type Steps } from "./steps.ts";

/** A call, or how one ended, as the replay looks at it. Ends of processes (`exit`) belong to it. */
export interface CallStep {
  readonly id: number;
  readonly node: number;
  /** Unix nanoseconds. */
  readonly ts: bigint;
  readonly kind: string;
  readonly pid: number;
  readonly mfa: number;
}

/** When calls or their ends may have been lost, on which node; both ends inclusive. */
export interface Loss {
  readonly node: number;
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * - `returned`, `raised`: its end was recorded
 * - `ended`: the process ended in the call (it was killed)
 * - `open`: no end in the record: it still ran when the record ended
 * - `unknown`: events were lost, so that nothing can be said
 */
export type ExecutionOutcome = "returned" | "raised" | "ended" | "open" | "unknown";

/** One call of a traced function, with what became of it. */
export interface Execution<E extends CallStep> {
  readonly pid: number;
  readonly mfa: number;
  /** Absent: it was called before the record, or while events were lost. */
  readonly call?: E;
  /** Its return or exception, or the end of its process. */
  readonly end?: E;
  readonly outcome: ExecutionOutcome;
  /** Traced calls that it stood in. */
  readonly depth: number;
  /** The traced call around it. */
  readonly parent?: E;
  /** From call to end. A clock on the wall: waiting counts. */
  readonly durationNs?: bigint;
  /** The same without the traced calls in it; absent where one of these has no known end. */
  readonly ownNs?: bigint;
  /** False: events were lost between call and end, or calls in it have no end, so that another call may be meant. */
  readonly certain: boolean;
}

interface Frame<E> {
  readonly call: E;
  /** Nanoseconds in traced calls that ended; undefined once one of them is not known. */
  inner: bigint | undefined;
  certain: boolean;
}

/**
 * Calls with their ends, by replaying each process's stack. A traced function leaves a frame on the stack which tells of its
 * return, also where it calls another one last (tail calls): so calls and their ends nest, in each process.
 *
 * @param steps of one window, each process's in its own order
 * @param losses in order of `from`
 * @returns in the order of the calls (of the end, where the call is missing)
 */
export const replayCalls = <E extends CallStep>(
  steps: readonly E[],
  losses: readonly Loss[],
): readonly Execution<E>[] => finish(replayCallSteps(steps, losses));

/** {@link replayCalls} in pieces. */
export function* replayCallSteps<E extends CallStep>(
  steps: readonly E[],
  losses: readonly Loss[],
): Steps<readonly Execution<E>[]> {
  const replay = new Replay<E>(losses);
  for (const step of steps) {
    replay.step(step);
    yield;
  }
  return replay.result();
}

class Replay<E extends CallStep> {
  readonly #losses: readonly Loss[];
  readonly #stacks = new Map<number, Frame<E>[]>();
  readonly #done: Execution<E>[] = [];

  constructor(losses: readonly Loss[]) {
    this.#losses = losses;
  }

  step(event: E): void {
    const stack = this.#stacks.get(event.pid);
    if (event.kind === "call") {
      const frame = { call: event, inner: 0n, certain: true };
      if (stack) stack.push(frame);
      else this.#stacks.set(event.pid, [frame]);
    } else if (event.kind === "exit") {
      this.#closeDownTo(0, stack ?? [], event, "ended");
      this.#stacks.delete(event.pid);
    } else this.#end(stack ?? [], event);
  }

  #end(stack: Frame<E>[], event: E): void {
    const outcome = event.kind === "exception" ? "raised" : "returned";
    const at = stack.findLastIndex(({ call }) => call.mfa === event.mfa);
    if (at < 0) {
      // Called before anything was recorded. What is on the stack began later and ended unseen.
      this.#closeDownTo(0, stack, undefined, "unknown");
      this.#done.push({ pid: event.pid, mfa: event.mfa, end: event, outcome, depth: 0, certain: true });
      return;
    }
    if (at + 1 < stack.length) stack[at]!.certain = false;
    this.#closeDownTo(at + 1, stack, undefined, "unknown");
    this.#close(stack, event, outcome);
  }

  #closeDownTo(depth: number, stack: Frame<E>[], end: E | undefined, outcome: ExecutionOutcome): void {
    while (stack.length > depth) this.#close(stack, end, outcome);
  }

  /** Takes the innermost frame off. */
  #close(stack: Frame<E>[], end: E | undefined, outcome: ExecutionOutcome): void {
    const frame = stack.pop()!;
    const { call } = frame;
    const around = stack.at(-1);
    const lossy = this.#isLossy(call, end);
    const durationNs = end && end.ts - call.ts;
    const ownNs =
      lossy || frame.inner === undefined || durationNs === undefined ? undefined : durationNs - frame.inner;
    if (around)
      around.inner =
        around.inner === undefined || durationNs === undefined ? undefined : around.inner + durationNs;
    this.#done.push({
      pid: call.pid,
      mfa: call.mfa,
      call,
      ...(end ? { end } : {}),
      outcome: lossy && outcome !== "returned" && outcome !== "raised" ? "unknown" : outcome,
      depth: stack.length,
      ...(around ? { parent: around.call } : {}),
      ...(durationNs === undefined ? {} : { durationNs }),
      ...(ownNs === undefined ? {} : { ownNs }),
      certain: frame.certain && !lossy,
    });
  }

  #isLossy(call: E, end: E | undefined): boolean {
    return this.#losses.some(
      ({ node, from, to }) => node === call.node && to >= call.ts && (end === undefined || from <= end.ts),
    );
  }

  result(): readonly Execution<E>[] {
    for (const stack of this.#stacks.values()) this.#closeDownTo(0, stack, undefined, "open");
    return this.#done.sort((a, b) => idOf(a) - idOf(b));
  }
}

const idOf = <E extends CallStep>({ call, end }: Execution<E>): number => (call ?? end)!.id;
