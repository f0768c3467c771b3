/**
 * So long questions have the thread at a time, all of them together: a beat to the node goes out every 200 ms, and one that
 * is 700 ms late ends tracing.
 */
const SLICE_MS = 30;
/** Items between two looks at the clock. */
const STRIDE = 8;
/** Items that are sorted in one go: some milliseconds. */
const RUN = 4_096;

/** When questions began to work in this turn of the event loop; undefined where none has yet. */
let began: number | undefined;

function sliceIsOver(): boolean {
  const now = performance.now();
  if (began === undefined) {
    began = now;
    setImmediate(() => {
      began = undefined;
    });
  }
  return now - began > SLICE_MS;
}

/** Questions whose slice is over, in the order in which they go on. */
const waiting: (() => void)[] = [];

/** One question in each turn of the event loop: between two of them batches are taken and timers run. */
function goOn(): void {
  began = undefined;
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(goOn);
}

/** Work of a question in slices, between which the thread does what else there is: batches, beats, other questions. */
export class Pace {
  readonly #stride: number;
  #left: number;

  /** @param stride items between two looks at the clock; 1 where each may take a millisecond */
  constructor(stride: number = STRIDE) {
    this.#stride = stride;
    this.#left = stride;
  }

  /** To be asked for each item; waits only where a slice is over. */
  get isOver(): boolean {
    if (--this.#left > 0) return false;
    this.#left = this.#stride;
    return sliceIsOver();
  }

  rest(): Promise<void> {
    return new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(goOn);
    });
  }

  /** `items.map(of)`, in slices. */
  async map<T, R>(items: readonly T[], of: (item: T, index: number) => R): Promise<R[]> {
    const out: R[] = [];
    for (const item of items) {
      if (this.isOver) await this.rest();
      out.push(of(item, out.length));
    }
    return out;
  }

  /** `items.filter(wanted)`, in slices. */
  async filter<T>(items: readonly T[], wanted: (item: T) => boolean): Promise<T[]> {
    const out: T[] = [];
    for (const item of items) {
      if (this.isOver) await this.rest();
      if (wanted(item)) out.push(item);
    }
    return out;
  }

  /** What a generator comes to that yields between pieces of its work; what it yields does not matter. */
  async run<R>(steps: Iterator<unknown, R>): Promise<R> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (this.isOver) await this.rest();
    }
  }

  /** `items.toSorted(compare)`, in slices. */
  async sorted<T>(items: readonly T[], compare: (a: T, b: T) => number): Promise<readonly T[]> {
    let runs: (readonly T[])[] = [];
    for (let at = 0; at < items.length; at += RUN) {
      if (sliceIsOver()) await this.rest();
      runs.push(items.slice(at, at + RUN).sort(compare));
    }
    while (runs.length > 1) {
      const merged: (readonly T[])[] = [];
      for (let i = 0; i < runs.length; i += 2)
        merged.push(await this.run(mergeSteps(runs[i]!, runs[i + 1] ?? [], compare)));
      runs = merged;
    }
    return runs[0] ?? [];
  }
}

/** Both are sorted; of equal ones those of `a` stand first. */
function* mergeSteps<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<undefined, readonly T[]> {
  if (b.length === 0) return a;
  const out: T[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const isFirst = j >= b.length || (i < a.length && compare(a[i]!, b[j]!) <= 0);
    out.push(isFirst ? a[i++]! : b[j++]!);
    if (out.length % STRIDE === 0) yield;
  }
  return out;
}
