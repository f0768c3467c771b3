import { parentPort, workerData } from "node:worker_threads";
import type { MethodName } from "../protocol/index.ts";
import { Engine } from "./engine.ts";
import { type CallMessage, type FromEngine, plainError, type WorkerOptions } from "./messages.ts";
import { stepBack } from "./priority.ts";

// The engine's thread: answers calls, pushes changes, ends after `stop`.

const port = parentPort;
if (!port) throw new Error("engine/worker runs as a worker thread only");
const say = (message: FromEngine): void => port.postMessage(message);

async function answer(engine: Engine, { id, method, input }: CallMessage): Promise<void> {
  try {
    const output = method === "stop" ? await engine.stop() : await engine.call(method, input as never);
    say({ type: "answer", id, output });
    if (method === "stop") port?.close();
  } catch (error) {
    say({ type: "error", id, error: plainError(error) });
  }
}

try {
  const engine = await Engine.start(workerData as WorkerOptions);
  // Now all threads are there that work for the engine.
  stepBack(process.env["ELIXIRSCOPE_NICE"]);
  engine.onPush((push) => say({ type: "push", push }));
  port.on("message", (message: CallMessage & { readonly method: MethodName | "stop" }) => {
    void answer(engine, message);
  });
  say({ type: "ready" });
} catch (error) {
  say({ type: "failed", error: plainError(error) });
}
