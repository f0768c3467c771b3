import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { ElixirScopeError } from "../model/index.ts";
import type { Input, MethodName, Output, Push } from "../protocol/index.ts";
import type { EngineOptions } from "./engine.ts";
import type { CallMessage, FromEngine, PlainError } from "./messages.ts";

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
}

/** The engine in its thread, as the rest of ElixirScope sees it. */
export class EngineClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(push: Push) => void>();
  #nextId = 1;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: FromEngine) => this.#receive(message));
    worker.on("error", (error) => this.#failAll(error));
    worker.on("exit", () =>
      this.#failAll(new ElixirScopeError("ENGINE_STOPPED", "ElixirScope has stopped.")),
    );
  }

  /** @throws ElixirScopeError as `Engine.start` */
  static start(options: EngineOptions): Promise<EngineClient> {
    const worker = new Worker(workerFile(), { workerData: options });
    return new Promise((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (message: FromEngine) => {
        worker.off("error", reject);
        if (message.type === "failed") {
          void worker.terminate();
          reject(revive(message.error));
        } else resolve(new EngineClient(worker));
      });
    });
  }

  call<M extends MethodName>(method: M, input: Input<M>): Promise<Output<M>> {
    return this.#ask(method, input) as Promise<Output<M>>;
  }

  onPush(listener: (push: Push) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Detaches and closes the recording, then the thread ends. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
    await this.#ask("stop", {});
    await ended;
  }

  #ask(method: CallMessage["method"], input: unknown): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      const message: CallMessage = { id, method, input };
      this.#worker.postMessage(message);
    });
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

function revive(error: PlainError): ElixirScopeError {
  const revived = new ElixirScopeError(error.code, error.message, error.details);
  revived.stack = error.stack;
  return revived;
}

/** A thread needs JavaScript: when this file runs as TypeScript (in tests), the built one beside it is taken. */
function workerFile(): string {
  const here = fileURLToPath(new URL("./worker.js", import.meta.url));
  const built = here.replace(/([\\/]elixirscope[\\/])src([\\/]engine[\\/])/, "$1dist$2");
  if (existsSync(built)) return built;
  throw new ElixirScopeError("ENGINE_NOT_BUILT", "ElixirScope is not built. Run `npm run build` first.");
}
