// Child processes of the scripts.
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT, ScriptError } from "./say.mjs";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const live = new Set();

let interruption;

/**
 * From now on a signal ends the child that runs, not us: we get to clean up and to say how far it went. At a
 * terminal Ctrl-C reaches the children by itself; the others are passed on.
 */
export function surviveSignals() {
  for (const [signal, code] of [
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ]) {
    process.on(signal, () => {
      if (interruption || live.size === 0) process.exit(code);
      interruption = code;
      if (signal !== "SIGINT") for (const child of live) child.kill(signal);
    });
  }
}

/** The exit code of the signal that came, if one did. */
export const interrupted = () => interruption;

/** The full path of a program in the PATH, or undefined. */
export function which(program) {
  for (const dir of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(dir, program);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** A program that a dependency brought. */
export function bin(name) {
  return join(ROOT, "node_modules/.bin", name);
}

/**
 * Runs a program to its end with standard input closed; gives exit code and output. `show` is called with
 * every piece of output as it comes.
 */
export function run(program, args, { cwd = ROOT, env = {}, show } = {}) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    live.add(child);
    const output = { stdout: "", stderr: "", text: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (piece) => {
        output[name] += piece;
        output.text += piece;
        show?.(piece);
      });
    }
    child.on("error", (error) => {
      live.delete(child);
      failed(new ScriptError(`${program} could not be started: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      live.delete(child);
      done({ code: code ?? 1, signal, ...output });
    });
  });
}

/** As `run`, silent: only where it fails is its output shown, with `failure` as the heading. */
export async function runQuietly(program, args, failure, options = {}) {
  const result = await run(program, args, options);
  if (interruption) throw new ScriptError("interrupted", interruption);
  if (result.code === 0) return result;
  const how = result.signal ? `ended by ${result.signal}` : `exit code ${result.code}`;
  throw new ScriptError(`${failure} (${how}):\n\n${result.text.trim().split("\n").slice(-60).join("\n")}\n`);
}
