/**
 * Work in pieces: it yields between them, so that whoever runs it can do something else meanwhile. Analysis knows of no clock;
 * how many pieces are done at a time is the runner's to say.
 */
export type Steps<Result> = Generator<undefined, Result>;

/** Does it all in one go. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
