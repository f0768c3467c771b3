import { once } from "node:events";
import { isatty } from "node:tty";
import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** One of the two output streams, and what is known of the terminal behind it. */
export interface Sink {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly color: Colors;
  write(text: string): void;
  line(text?: string): void;
  /** Resolves when the reader has caught up, or is gone; call it in loops that print much. */
  drained(): Promise<void>;
  /** Resolves when everything is handed to the system, or the reader is gone. */
  flushed(): Promise<void>;
}

/** Everything a command takes from the process it runs in. */
export interface Context {
  /** Results: tables, JSON, URLs. */
  readonly out: Sink;
  /** Words to the person: progress, warnings, errors. */
  readonly err: Sink;
  readonly env: NodeJS.ProcessEnv;
  readonly stdinIsTTY: boolean;
}

/** Colour only where somebody sees it: a terminal that can, and neither NO_COLOR nor TERM=dumb (https://no-color.org). */
function wantsColor(isTTY: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  return isTTY && env.TERM !== "dumb";
}

function sinkOf(stream: NodeJS.WriteStream, fd: 1 | 2, env: NodeJS.ProcessEnv): Sink {
  const isTTY = isatty(fd);
  return {
    isTTY,
    get columns(): number {
      return stream.columns > 0 ? stream.columns : Number(env.COLUMNS) || (isTTY ? 80 : 200);
    },
    color: picocolors.createColors(wantsColor(isTTY, env)),
    write: (text) => void stream.write(text),
    line: (text = "") => void stream.write(`${text}\n`),
    drained: () => (stream.writableNeedDrain ? drainOrClose(stream) : Promise.resolve()),
    flushed: () => new Promise((resolve) => stream.write("", () => resolve())),
  };
}

async function drainOrClose(stream: NodeJS.WriteStream): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  // An error is what a closed pipe brings; main looks after it.
  await Promise.race([once(stream, "drain", { signal }), once(stream, "close", { signal })]).catch(
    () => undefined,
  );
  done.abort();
}

/** The real streams of this process. */
export function processContext(): Context {
  return {
    out: sinkOf(process.stdout, 1, process.env),
    err: sinkOf(process.stderr, 2, process.env),
    env: process.env,
    stdinIsTTY: isatty(0),
  };
}

/** May we ask the person something? */
export const canAsk = (context: Context): boolean =>
  context.stdinIsTTY && context.err.isTTY && context.out.isTTY && !context.env.CI;
