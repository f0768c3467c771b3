// Long-running children that end with us, whatever ends us (see guard.mjs).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const GUARD = fileURLToPath(new URL("./guard.mjs", import.meta.url));
const KEPT_LINES = 40;

/**
 * Starts a program under guard. `onLine(line)` gets its standard output line by line; `tail()` is the newest of
 * all it printed; `thenRemove` is a directory that goes with it; `ended` settles with the exit code; `stop()` asks it to end and waits.
 */
export function startGuarded(program, args, { cwd, env = {}, onLine, thenRemove } = {}) {
  // Detached: a Ctrl-C at the terminal is ours to handle, so that things end in order.
  const child = spawn(
    process.execPath,
    [GUARD, ...(thenRemove ? [`--then-remove=${thenRemove}`] : []), program, ...args],
    {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    },
  );
  child.stdin.on("error", () => undefined);
  const kept = [];
  const keep = (line) => {
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    keep(line);
    onLine?.(line);
  });
  createInterface({ input: child.stderr }).on("line", keep);
  const ended = once(child, "close").then(([code]) => code ?? 1);
  return {
    ended,
    tail: () => kept.join("\n"),
    // With a signal (SIGINT: the program's own orderly end), else by closing its lifeline.
    stop: (signal) => {
      if (signal) child.kill(signal);
      else child.stdin.end();
      return ended;
    },
  };
}
