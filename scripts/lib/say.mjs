// What the scripts tell people. Everything goes to standard error: standard output belongs to results.

/** Exit codes of all scripts. */
export const EXIT = { failed: 1, usage: 2, missing: 3, interrupted: 130 };

/** An outcome that the user is told in words, without a stack. */
export class ScriptError extends Error {
  constructor(message, exitCode = EXIT.failed) {
    super(message);
    this.name = "ScriptError";
    this.exitCode = exitCode;
  }
}

export function say(text = "") {
  process.stderr.write(`${text}\n`);
}

export function seconds(ms) {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** Runs `work`, with a line that says so and for how long: a moving one on a terminal, else one line. */
export async function step(label, work) {
  const started = Date.now();
  const live = process.stderr.isTTY && !process.env.CI;
  const show = () => process.stderr.write(`\r\x1b[K  … ${label} (${seconds(Date.now() - started)})`);
  const timer = live ? setInterval(show, 250) : undefined;
  if (!live) say(`  … ${label}`);
  const done = (mark) => {
    clearInterval(timer);
    if (live) process.stderr.write("\r\x1b[K");
    say(`  ${mark} ${label} (${seconds(Date.now() - started)})`);
  };
  try {
    const result = await work();
    done("✓");
    return result;
  } catch (error) {
    done("✗");
    throw error;
  }
}

/** The frame of every script: errors in words; `body` gets the arguments and gives the exit code. */
export async function main(body) {
  // A reader that went away (`| head`) ends the script, and is no error of it.
  process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : EXIT.failed));
  process.stderr.on("error", () => undefined);
  try {
    process.exitCode = await body(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    say(error.message);
    process.exitCode = error.exitCode;
  }
}
