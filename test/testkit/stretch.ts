import { existsSync, readFileSync } from "node:fs";

const SCHEDSTAT = "/proc/thread-self/schedstat";

/** Milliseconds that this thread has worked, whatever else the machine does; without Linux, the clock on the wall. */
const workedMs = (): number =>
  existsSync(SCHEDSTAT) ? Number(readFileSync(SCHEDSTAT, "utf8").split(" ")[0]) / 1e6 : performance.now();

/** Of stretches in which no timer had its turn, the longest, in milliseconds. */
export interface Stretches {
  /** That the thread worked. */
  readonly worked: number;
  /** That went by, whoever had the processor. */
  readonly passed: number;
}

/** How long a thread kept its timers waiting while `work` was under way. */
export async function longestStretches(work: () => Promise<unknown>): Promise<Stretches> {
  let [workedAt, passedAt] = [workedMs(), performance.now()];
  let [worked, passed] = [0, 0];
  const look = (): void => {
    const [workedNow, passedNow] = [workedMs(), performance.now()];
    worked = Math.max(worked, workedNow - workedAt);
    passed = Math.max(passed, passedNow - passedAt);
    [workedAt, passedAt] = [workedNow, passedNow];
  };
  const ticks = setInterval(look, 1);
  await work();
  look();
  clearInterval(ticks);
  return { worked, passed };
}
