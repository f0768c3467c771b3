/** A real BEAM beside the test, over standard input and output; no distribution. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../test-fixtures/beam.exs", import.meta.url));

export class Beam {
  readonly #child: ChildProcess;
  readonly #waiting: { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }[] = [];
  readonly #closed: Promise<void>;

  constructor() {
    const child = spawn("elixir", [script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => this.#answer(line));
    this.#closed = new Promise((resolve) => {
      child.on("error", (error) => this.#fail(error));
      child.on("close", (code) => {
        this.#fail(new Error(`elixir ended with ${code}`));
        resolve();
      });
    });
  }

  /** The term (with version byte) as the BEAM writes it again. */
  roundTrip(term: Uint8Array): Promise<Uint8Array> {
    return this.#ask(`R ${base64(term)}`);
  }

  /** `inspect/2` of the term, on one line. */
  async inspect(term: Uint8Array, limit: number, printableLimit: number): Promise<string> {
    const words = [limit, printableLimit].map((value) => (Number.isFinite(value) ? value : "infinity"));
    return new TextDecoder().decode(await this.#ask(`I ${words.join(" ")} ${base64(term)}`));
  }

  /** `term_to_binary` of the value of Elixir source. */
  evaluate(source: string): Promise<Uint8Array> {
    return this.#ask(`E ${base64(new TextEncoder().encode(source))}`);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
    await this.#closed;
  }

  #ask(line: string): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${line}\n`);
    });
  }

  #answer(line: string): void {
    const [word, answer = ""] = line.split(" ");
    const bytes = Uint8Array.from(Buffer.from(answer, "base64"));
    const waiting = this.#waiting.shift();
    if (word === "ok") waiting?.resolve(bytes);
    else waiting?.reject(new Error(`${word}: ${new TextDecoder().decode(bytes)}`));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
