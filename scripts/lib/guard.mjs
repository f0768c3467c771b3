// node guard.mjs [--then-remove=DIR] PROGRAM ARGS…: runs the program for as long as our standard input is open. The scripts hold the
// other end, so that what they started ends with them, also when they are killed and can clean up nothing.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";

// Without a lifeline nobody waits for us, but what ends in the middle of its end leaves files behind; asked by a signal, the
// program may take its time to end in order.
const LIFELINE_GRACE_MS = 10_000;
const SIGNAL_GRACE_MS = 15_000;

const given = process.argv.slice(2);
const REMOVE = "--then-remove=";
const remove = given[0]?.startsWith(REMOVE) ? given.shift().slice(REMOVE.length) : undefined;
const [program, ...args] = given;
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"] });

function end(signal, grace) {
  child.kill(signal);
  setTimeout(() => child.kill("SIGKILL"), grace).unref();
}

child.on("error", (error) => {
  console.error(`${program} could not be started: ${error.message}`);
  process.exit(127);
});
child.on("exit", (code) => process.exit(code ?? 1));
process.on("exit", () => {
  if (remove) rmSync(remove, { recursive: true, force: true });
});
process.stdin.resume();
process.stdin.on("close", () => end("SIGTERM", LIFELINE_GRACE_MS));
process.stdin.on("error", () => undefined);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(signal, SIGNAL_GRACE_MS));
