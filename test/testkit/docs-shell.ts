/** A shell in which the commands of a page run one after the other, as its reader types them. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_MS = 50;
const MOST_MS = 120_000;

export class PageShell {
  readonly #bash: ChildProcess;
  readonly #folder: string;
  readonly #mark = `@${randomUUID()}@`;
  #said = "";
  #ended = false;
  #started = 0;

  /** @param folder for the output of what runs in the background */
  constructor(cwd: string, folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    // A group of its own, which is ended whole.
    this.#bash = spawn("bash", ["-c", "exec bash --noprofile --norc 2>&1"], {
      cwd,
      env,
      detached: true,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#bash.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    this.#bash.once("exit", () => (this.#ended = true));
  }

  /** What a command printed, both streams, and its exit code. */
  async run(command: string): Promise<{ readonly output: string; readonly code: number }> {
    this.#said = "";
    // What the program reads is not what the shell reads.
    this.#bash.stdin?.write(
      `{ ${command}\n} </dev/null\nprintf '%s%s%s' '${this.#mark}' "$?" '${this.#mark}'\n`,
    );
    const end = new RegExp(`${this.#mark}(\\d+)${this.#mark}$`);
    await this.#until(command, () => end.test(this.#said));
    const code = Number(end.exec(this.#said)?.[1]);
    return { output: this.#said.replace(end, ""), code };
  }

  /** Starts one that ends in `&`, and waits until what it printed satisfies. */
  async start(command: string, isThere: (output: string) => boolean): Promise<void> {
    this.#started += 1;
    const log = join(this.#folder, `background-${this.#started}.log`);
    this.#bash.stdin?.write(`${command.replace(/\s*&$/, "")} </dev/null >'${log}' 2>&1 &\n`);
    const printed = (): string => {
      try {
        return readFileSync(log, "utf8");
      } catch {
        return "";
      }
    };
    await this.#until(command, () => isThere(printed()), printed);
  }

  async close(): Promise<void> {
    if (this.#ended || this.#bash.pid === undefined) return;
    const exited = once(this.#bash, "exit");
    process.kill(-this.#bash.pid, "SIGKILL");
    await exited;
  }

  async #until(command: string, isSo: () => boolean, said = (): string => this.#said): Promise<void> {
    const end = Date.now() + MOST_MS;
    while (!isSo()) {
      if (this.#ended || Date.now() > end)
        throw new Error(
          `${this.#ended ? "the shell ended" : "no end, or not what was said"}: ${command}\n${said()}`,
        );
      await delay(LOOK_MS);
    }
  }
}
