import { type ChildProcess, fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import type { CallMessage, FromEngine, WorkerOptions } from "./messages.ts";

/** Where an engine runs, seen from outside. */
export interface EngineHost {
  post(message: CallMessage): void;
  onMessage(listener: (message: FromEngine) => void): void;
  /** Called once, when it is over; `crash`: what took it, where it did not end by itself. */
  onEnd(listener: (crash: Error | undefined) => void): void;
  kill(): void;
}

/** In a thread: as near as can be, for what comes in by the million. */
export function threadHost(file: string, options: WorkerOptions): EngineHost {
  const worker = new Worker(file, { workerData: options });
  let crash: Error | undefined;
  worker.on("error", (error) => {
    crash = error;
  });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on("message", listener),
    onEnd: (listener) => worker.once("exit", () => listener(crash)),
    kill: () => void worker.terminate(),
  };
}

/**
 * In a process of its own: for files that somebody else may have made or damaged. DuckDB checks what it reads, but not
 * everything: a block in another one's place takes the whole process down.
 */
export function processHost(file: string, options: WorkerOptions): EngineHost {
  const child = fork(file, [JSON.stringify(options)], { serialization: "advanced", execArgv: [] });
  return {
    post: (message) => void child.send(message, () => undefined),
    onMessage: (listener) => child.on("message", (message) => listener(message as FromEngine)),
    onEnd: (listener) => onceEnded(child, listener),
    kill: () => void child.kill("SIGKILL"),
  };
}

function onceEnded(child: ChildProcess, listener: (crash: Error | undefined) => void): void {
  child.once("error", listener);
  child.once("exit", (code, signal) => {
    const how = signal ?? `exit code ${code}`;
    listener(code === 0 ? undefined : new Error(`the process that read it ended with ${how}`));
  });
}
