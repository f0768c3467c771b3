import { EventEmitter, once } from "node:events";
import { EXIT } from "./errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Caught = (typeof SIGNALS)[number];

/** The first Ctrl-C (or SIGTERM, SIGHUP) asks for an orderly end; the second ends the process at once. */
export interface Interrupt {
  /** Never settles when no signal comes. */
  readonly promise: Promise<Caught>;
  readonly caught: () => Caught | undefined;
  /** Gives the signals back to the default action. */
  dispose(): void;
}

export const exitCodeOfSignal = (signal: Caught): number =>
  signal === "SIGINT" ? EXIT.interrupted : signal === "SIGTERM" ? EXIT.terminated : 129;

export function watchInterrupts(): Interrupt {
  let caught: Caught | undefined;
  const arrived = new EventEmitter();
  const promise = once(arrived, "signal").then(([signal]) => signal as Caught);
  const listener = (signal: NodeJS.Signals): void => {
    const known = SIGNALS.find((name) => name === signal) ?? "SIGINT";
    if (caught) process.exit(exitCodeOfSignal(known));
    caught = known;
    arrived.emit("signal", known);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    promise,
    caught: () => caught,
    dispose: () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}
