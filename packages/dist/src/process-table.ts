/** Routes signals of the peer to local processes, and keeps links and monitors as Erlang expects them of a node. */

import {
  Atom,
  atom,
  binary,
  EtfError,
  isAtom,
  Pid,
  type Reference,
  type Term,
  Tuple,
} from "@elixirscope/etf";
import { parseControl, type Signal } from "./control.ts";
import { DistError } from "./errors.ts";
import { pidKey, ReferenceMaker, refKey } from "./keys.ts";
import {
  type IncomingMonitor,
  type LocalProcess,
  type ProcessExit,
  type ProcessHandlers,
  ProcessState,
} from "./local-process.ts";
import type { Message } from "./message-reader.ts";
import { decodePayload, undecodableReason } from "./payload.ts";
import { PeerSignals, type SignalOptions } from "./peer-signals.ts";

export interface TableOptions extends SignalOptions {
  readonly localName: string;
  readonly creation: number;
  /** The answer to a SPAWN_REQUEST of ours. */
  spawnReply(ref: Reference, result: Pid | Atom): void;
  /** A handler threw, and its process ended for it; or a message for the process could not be decoded. */
  report(process: ProcessState, error: Error): void;
}

type PayloadSignal = Extract<Signal, { kind: "exit" | "exit2" | "monitor_exit" }>;
type Send = Extract<Signal, { kind: "send" | "reg_send" | "alias_send" }>;

export class ProcessTable {
  readonly #options: TableOptions;
  readonly #processes = new Map<number, ProcessState>();
  readonly #names = new Map<string, ProcessState>();
  readonly #aliases = new Map<string, ProcessState>();
  #nextId = 1;
  readonly #refs: ReferenceMaker;
  /** To the processes of the peer. */
  readonly signals: PeerSignals;

  constructor(options: TableOptions) {
    this.#options = options;
    this.#refs = new ReferenceMaker(options.localName, options.creation);
    this.signals = new PeerSignals(options);
  }

  spawn(handlers: ProcessHandlers): ProcessState {
    const { localName, creation } = this.#options;
    const process = new ProcessState(new Pid(localName, this.#nextId++, 0, creation), handlers, this);
    this.#processes.set(process.pid.id, process);
    return process;
  }

  makeRef(): Reference {
    return this.#refs.make();
  }

  /** Messages to the alias `ref` go to `process` until {@link dropAlias}. */
  addAlias(ref: Reference, process: ProcessState): void {
    this.#aliases.set(refKey(ref), process);
  }

  dropAlias(ref: Reference): void {
    this.#aliases.delete(refKey(ref));
  }

  register(process: ProcessState, name: string): void {
    if (!process.alive)
      throw new DistError("DIST_CLOSED", `The process to be registered as ${name} has ended`, { name });
    if (this.#names.has(name)) {
      throw new DistError("DIST_BAD_OPTION", `The name ${name} is registered already: choose another`, {
        name,
      });
    }
    this.#names.set(name, process);
    process.names.add(name);
  }

  /** Ends `process` as Erlang does: its links and those who monitor it hear of it. */
  end(process: ProcessState, exit: ProcessExit): void {
    if (!this.#remove(process, exit)) return;
    for (const { pid, unlinking } of process.links.values()) {
      if (unlinking === undefined) this.signals.exit(process.pid, pid, exit.reason);
    }
    for (const monitor of process.monitoredBy.values()) this.signals.down(monitor, exit.reason);
    for (const { ref, of } of process.monitors.values()) this.signals.demonitor(process.pid, of, ref);
  }

  /** The connection is gone: monitors and links fire with `noconnection`, then the processes end. */
  disconnected(): void {
    const noconnection = atom("noconnection");
    for (const process of Array.from(this.#processes.values())) {
      for (const { ref, of } of Array.from(process.monitors.values())) {
        this.#handle(process, () => process.handlers.onDown?.(ref, of, noconnection));
      }
      for (const { pid, unlinking } of Array.from(process.links.values())) {
        if (unlinking === undefined)
          this.#handle(process, () => process.handlers.onExit?.(pid, noconnection));
      }
      this.#remove(process, { reason: noconnection });
    }
  }

  link(process: ProcessState, to: Pid): void {
    const known = process.links.get(pidKey(to));
    if (known && known.unlinking === undefined) return;
    process.links.set(pidKey(to), { pid: to, unlinking: undefined });
    this.signals.link(process.pid, to);
  }

  /** A process that the peer spawned for us is linked to `process` already. */
  linkedBySpawn(process: ProcessState, to: Pid): void {
    process.links.set(pidKey(to), { pid: to, unlinking: undefined });
  }

  /** @throws DistError DIST_BAD_OPTION for a process of another connection */
  stateOf(process: LocalProcess): ProcessState {
    if (process instanceof ProcessState && process.ownedBy(this)) return process;
    throw new DistError(
      "DIST_BAD_OPTION",
      "This local process belongs to another connection: spawn one on this connection",
    );
  }

  /** Tells of an error in a handler whose process goes on. */
  report(process: ProcessState, error: Error): void {
    this.#options.report(process, error);
  }

  unlink(process: ProcessState, to: Pid): void {
    const link = process.links.get(pidKey(to));
    if (!link || link.unlinking !== undefined) return;
    link.unlinking = this.signals.unlink(process.pid, to);
    if (link.unlinking === undefined) process.links.delete(pidKey(to));
  }

  monitor(process: ProcessState, of: Pid | Atom, ref: Reference): void {
    process.monitors.set(refKey(ref), { ref, of });
    this.signals.monitor(process.pid, of, ref);
  }

  demonitor(process: ProcessState, ref: Reference): void {
    const monitor = process.monitors.get(refKey(ref));
    if (!monitor) return;
    process.monitors.delete(refKey(ref));
    this.signals.demonitor(process.pid, monitor.of, ref);
  }

  /** Tells one who monitors `process` that it ended, though it lives: how a server lets a single call fail. */
  failMonitor(process: ProcessState, ref: Reference, reason: Term): void {
    const monitor = process.monitoredBy.get(refKey(ref));
    if (!monitor) return;
    process.monitoredBy.delete(refKey(ref));
    this.signals.down(monitor, reason);
  }

  /** @throws DistError DIST_PROTOCOL */
  receive(message: Message): void {
    const signal = parseControl(message.control);
    switch (signal.kind) {
      case "send":
      case "reg_send":
      case "alias_send":
        this.#deliver(signal, message);
        break;
      case "exit":
      case "exit2":
      case "monitor_exit":
        this.#ended(signal, message);
        break;
      case "link":
        this.#linked(signal.from, signal.to);
        break;
      case "unlink":
        this.#local(signal.to)?.links.delete(pidKey(signal.from));
        if (signal.id !== undefined) this.signals.unlinkAck(signal.id, signal.to, signal.from);
        break;
      case "unlink_ack":
        this.#unlinkAcknowledged(signal.id, signal.from, signal.to);
        break;
      case "monitor":
        this.#monitored(signal);
        break;
      case "demonitor":
        this.#find(signal.to)?.monitoredBy.delete(refKey(signal.ref));
        break;
      case "spawn_reply":
        this.#options.spawnReply(signal.ref, signal.result);
        break;
      case "spawn_request":
        this.signals.refuseSpawn(signal.ref, signal.from);
        break;
      case "group_leader":
        break;
    }
  }

  #deliver(signal: Send, message: Message): void {
    const { payload, atoms } = message;
    if (!payload) throw new DistError("DIST_PROTOCOL", "A message came without its payload");
    const process = this.#receiver(signal);
    if (!process) return;
    const { handlers } = process;
    if (handlers.onRaw) this.#handle(process, () => handlers.onRaw?.(payload, signal.from, atoms));
    if (!handlers.onMessage || !process.alive) return;
    const term = decodePayload(message);
    if (term instanceof EtfError) this.#undecodable(process, term);
    else this.#handle(process, () => handlers.onMessage?.(term, signal.from));
  }

  #receiver(signal: Send): ProcessState | undefined {
    if (signal.kind === "send") return this.#local(signal.to);
    if (signal.kind === "reg_send") return this.#names.get(signal.to);
    return this.#aliases.get(refKey(signal.to));
  }

  /** A process ended, or somebody wants one of ours to. */
  #ended(signal: PayloadSignal, message: Message): void {
    const process = this.#local(signal.to);
    if (!process) return;
    const down = signal.kind === "monitor_exit" ? refKey(signal.ref) : undefined;
    if (signal.kind === "exit") {
      const link = process.links.get(pidKey(signal.from));
      if (!link) return;
      process.links.delete(pidKey(signal.from));
      if (link.unlinking !== undefined) return;
    } else if (down !== undefined && !process.monitors.delete(down)) return;
    const reason = signal.reason ?? decodePayload(message);
    if (reason instanceof EtfError && signal.kind === "monitor_exit" && process.unreadable) {
      process.unreadable(signal.ref, reason);
      return;
    }
    const known = reason instanceof EtfError ? undecodableReason(message) : reason;
    if (signal.kind === "monitor_exit") {
      this.#handle(process, () => process.handlers.onDown?.(signal.ref, signal.from, known));
    } else this.#exitSignal(process, signal, known);
  }

  #exitSignal(
    process: ProcessState,
    signal: Extract<PayloadSignal, { kind: "exit" | "exit2" }>,
    reason: Term,
  ): void {
    if (signal.kind === "exit2" && isAtom(reason, "kill")) this.end(process, { reason: atom("killed") });
    else if (process.handlers.onExit) {
      this.#handle(process, () => process.handlers.onExit?.(signal.from, reason));
    } else if (!isAtom(reason, "normal")) this.end(process, { reason });
  }

  /** The message is lost, but not silently. */
  #undecodable(process: ProcessState, error: EtfError): void {
    if (process.unreadable) process.unreadable(undefined, error);
    else {
      const message = `A message for the local process ${process.pid.id} was dropped, since it cannot be decoded: ${error.message}`;
      this.report(process, new DistError("DIST_PROTOCOL", message, { ...error.details }, error));
    }
  }

  #linked(from: Pid, to: Pid): void {
    const process = this.#local(to);
    if (process) process.links.set(pidKey(from), { pid: from, unlinking: undefined });
    else this.signals.exit(to, from, atom("noproc"));
  }

  #unlinkAcknowledged(id: number | bigint, from: Pid, to: Pid): void {
    const process = this.#local(to);
    const link = process?.links.get(pidKey(from));
    if (link?.unlinking === Number(id)) process?.links.delete(pidKey(from));
  }

  #monitored(signal: Extract<Signal, { kind: "monitor" | "demonitor" }>): void {
    const monitor: IncomingMonitor = { ref: signal.ref, from: signal.from, of: signal.to };
    const process = this.#find(signal.to);
    if (process) process.monitoredBy.set(refKey(signal.ref), monitor);
    else this.signals.down(monitor, atom("noproc"));
  }

  #find(address: Pid | Atom): ProcessState | undefined {
    return address instanceof Atom ? this.#names.get(address.name) : this.#local(address);
  }

  #local(pid: Pid): ProcessState | undefined {
    const process = this.#processes.get(pid.id);
    return process && pid.serial === 0 && pid.creation === this.#options.creation ? process : undefined;
  }

  #handle(process: ProcessState, call: () => void): void {
    if (!process.alive) return;
    try {
      call();
    } catch (error) {
      this.#crash(process, error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** A handler that throws is a process that crashes: whoever is linked to it or monitors it hears why. */
  #crash(process: ProcessState, error: Error): void {
    this.end(process, { reason: jsException(error), error });
    // A handler that tried to send when the connection was gone has nothing to report that its owner does not know.
    if (error instanceof DistError && error.code === "DIST_CLOSED") return;
    this.#options.report(process, error);
  }

  #remove(process: ProcessState, exit: ProcessExit): boolean {
    if (!process.alive) return false;
    process.ended(exit);
    this.#processes.delete(process.pid.id);
    for (const name of process.names) this.#names.delete(name);
    for (const [key, owner] of this.#aliases) if (owner === process) this.#aliases.delete(key);
    return true;
  }
}

/** What Erlang sees of an exception on our side. */
export function jsException(error: Error): Tuple {
  return new Tuple([atom("js_exception"), binary(`${error.name}: ${error.message}`)]);
}
