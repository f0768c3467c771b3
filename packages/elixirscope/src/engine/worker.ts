import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Input } from "../protocol/index.ts";
import { Engine } from "./engine.ts";
import { type CallMessage, type FromEngine, plainError, type WorkerOptions } from "./messages.ts";
import { niceFor, stepBack } from "./priority.ts";

// The engine's thread, or its process: answers calls, pushes changes, ends after `stop`.

interface Port {
  readonly options: WorkerOptions;
  say(message: FromEngine): void;
  onCall(listener: (message: CallMessage) => void): void;
  close(): void;
}

function portOfThread(port: MessagePort): Port {
  return {
    options: workerData as WorkerOptions,
    say: (message) => port.postMessage(message),
    onCall: (listener) => port.on("message", listener),
    close: () => port.close(),
  };
}

/** Signals of the terminal go to both; when the other one ends, so do we. */
function portOfProcess(): Port {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.on("disconnect", () => process.exit(0));
  return {
    options: JSON.parse(process.argv[2] ?? "{}") as WorkerOptions,
    say: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onCall: (listener) => process.on("message", (message) => listener(message as CallMessage)),
    close: () => process.disconnect(),
  };
}

const port = parentPort ? portOfThread(parentPort) : portOfProcess();
const say = (message: FromEngine): void => port.say(message);

/** Of calls under way: what tells them that nobody waits for the answer any more. */
const underWay = new Map<number, AbortController>();

async function answer(engine: Engine, { id, method, input, by }: CallMessage): Promise<void> {
  if (method === "drop") {
    underWay.get(id)?.abort();
    return;
  }
  const dropped = new AbortController();
  underWay.set(id, dropped);
  try {
    const output =
      method === "stop" ? await engine.stop() : await engine.call(method, input as never, dropped.signal, by);
    // All threads are there by now that work for the engine; attaching itself has to be quick.
    if (method === "attach") {
      const { node, way } = input as Input<"attach">;
      stepBack(niceFor(way?.ssh?.destination ?? node, process.env["ELIXIRSCOPE_NICE"]));
    }
    say({ type: "answer", id, output });
    if (method === "stop") port.close();
  } catch (error) {
    say({ type: "error", id, error: plainError(error) });
  } finally {
    underWay.delete(id);
  }
}

try {
  const engine = await Engine.start(port.options);
  engine.onPush((push) => say({ type: "push", push }));
  port.onCall((message) => void answer(engine, message));
  say({ type: "ready" });
} catch (error) {
  say({ type: "failed", error: plainError(error) });
}
