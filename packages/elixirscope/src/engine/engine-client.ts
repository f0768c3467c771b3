import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ElixirScopeError } from "../model/index.ts";
import type { Caller, Input, MethodName, Output, Push } from "../protocol/index.ts";
import type { EngineOptions } from "./engine.ts";
import { type EngineHost, processHost, threadHost } from "./engine-host.ts";
import type { FromEngine, PlainError } from "./messages.ts";

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/**
 * The engine, as the rest of ElixirScope sees it: in a thread, or in a process of its own where it shows a recording. Should
 * that process be taken down by what is in the file, every question gets an error that says so.
 */
export class EngineClient {
  readonly #host: EngineHost;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(push: Push) => void>();
  #nextId = 1;
  #end: Error | undefined;

  private constructor(host: EngineHost, ended: Promise<Error>) {
    this.#host = host;
    host.onMessage((message) => this.#receive(message));
    this.#ended = ended.then((error) => {
      this.#end = error;
      this.#failAll(error);
    });
  }

  /** @throws ElixirScopeError as `Engine.start` */
  static start(options: EngineOptions): Promise<EngineClient> {
    const { open } = options;
    const host = (open === undefined ? threadHost : processHost)(
      builtFile(new URL("./worker.js", import.meta.url)),
      options,
    );
    const ended = new Promise<Error>((resolve) => host.onEnd((crash) => resolve(endError(crash, open))));
    return new Promise((resolve, reject) => {
      void ended.then(reject);
      let answered = false;
      host.onMessage((message) => {
        if (answered) return;
        answered = true;
        if (message.type === "failed") {
          host.kill();
          reject(revive(message.error));
        } else resolve(new EngineClient(host, ended));
      });
    });
  }

  /** `signal`: the answer is not wanted any more, and what can be stopped on its way to it is. */
  call<M extends MethodName>(
    method: M,
    input: Input<M>,
    signal?: AbortSignal,
    by?: Caller,
  ): Promise<Output<M>> {
    return this.#ask(method, input, signal, by) as Promise<Output<M>>;
  }

  onPush(listener: (push: Push) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Detaches and closes the recording, then the thread ends. */
  async stop(): Promise<void> {
    // What crashed has stopped.
    await this.#ask("stop", {}).catch((error: unknown) => {
      if (error !== this.#end) throw error;
    });
    await this.#ended;
  }

  #ask(method: MethodName | "stop", input: unknown, signal?: AbortSignal, by?: Caller): Promise<unknown> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#nextId++;
    const drop = (): void => this.#host.post({ id, method: "drop", input: null });
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#host.post({ id, method, input, ...(by && { by }) });
      signal?.addEventListener("abort", drop, { once: true });
    });
    return answer.finally(() => signal?.removeEventListener("abort", drop));
  }

  #receive(message: FromEngine): void {
    if (message.type === "push") {
      for (const listener of this.#listeners) listener(message.push);
      return;
    }
    if (message.type !== "answer" && message.type !== "error") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === "answer") waiting?.resolve(message.output);
    else waiting?.reject(revive(message.error));
  }

  #failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

/** What those hear who still wait for an answer, or ask for one. */
function endError(crash: Error | undefined, open: string | undefined): Error {
  if (!crash) return new ElixirScopeError("ENGINE_STOPPED", "ElixirScope has stopped.");
  if (open === undefined) return crash;
  return new ElixirScopeError(
    "STORE_DAMAGED",
    `${open} is damaged: it cannot be read. (${crash.message})`,
    { path: open },
    crash,
  );
}

/** An error as it was before its way here. */
export function revive(error: PlainError): ElixirScopeError {
  const revived = new ElixirScopeError(error.code, error.message, error.details);
  revived.stack = error.stack;
  return revived;
}

/** A thread or process needs JavaScript: where its file is TypeScript (in tests), the built one beside it is taken. */
export function builtFile(url: URL): string {
  const here = fileURLToPath(url);
  const built = here.replace(/([\\/]elixirscope[\\/])src([\\/]engine[\\/])/, "$1dist$2");
  if (existsSync(built)) return built;
  throw new ElixirScopeError("ENGINE_NOT_BUILT", "ElixirScope is not built. Run `npm run build` first.");
}
