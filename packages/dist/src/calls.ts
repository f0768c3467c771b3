/** Calls of ours that wait for an answer: rpc, GenServer.call, spawn requests. */
import {
  Atom,
  atom,
  ImproperList,
  isAtom,
  Pid,
  type Reference,
  type Term,
  Tuple,
  tuple,
} from "@elixirscope/etf";
import { OP } from "./control.ts";
import { DistError } from "./errors.ts";
import { refKey } from "./keys.ts";
import type { LocalProcess, ProcessState } from "./local-process.ts";
import type { ProcessTable } from "./process-table.ts";
import { reasonText, rpcError } from "./remote-error.ts";
import { outcomeOf, RPC_FUNCTION, RPC_MODULE, rpcArguments } from "./rpc-form.ts";

export interface RpcOptions {
  /** Milliseconds, default 5,000; `Infinity`: as long as it takes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface SpawnOptions {
  /** Link the new process to `from`, in one step with its start. */
  readonly link?: boolean;
  /** Monitor it from `from`, in one step with its start; the reference is in the answer. */
  readonly monitor?: boolean;
}

export interface SpawnedProcess {
  readonly pid: Pid;
  /** Of the monitor, where one was asked for. */
  readonly ref: Reference;
}

interface Pending {
  readonly ref: Reference;
  readonly settle: (answer: Answer) => void;
  /** Of the process that an rpc runs in, as soon as it is known. */
  worker: Pid | undefined;
}

type Answer =
  | { readonly kind: "reply"; readonly term: Term }
  | { readonly kind: "down"; readonly reason: Term }
  | { readonly kind: "spawned"; readonly result: Pid | Atom }
  | { readonly kind: "unreadable"; readonly error: Error }
  | { readonly kind: "timeout" }
  | { readonly kind: "aborted" };

export interface CallsOptions {
  readonly node: string;
  readonly table: ProcessTable;
  /** Answers to IO requests of what rpc runs: a process of ours. */
  readonly groupLeader: Pid;
  write(control: Term, payload?: Term): boolean;
  send(from: LocalProcess, to: Pid | string, message: Term): boolean;
}

const DEFAULT_TIMEOUT_MS = 5_000;

export class Calls {
  readonly #options: CallsOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #spawns = new Map<
    string,
    { from: ProcessState; options: SpawnOptions; settle: (result: Pid | Atom) => void }
  >();
  #process: ProcessState;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#process = this.#spawnProcess();
  }

  async rpc(
    module: string,
    name: string,
    args: readonly Term[],
    options: RpcOptions,
    caller: object,
  ): Promise<Term> {
    const { table, node } = this.#options;
    const ref = table.makeRef();
    const process = this.#alive();
    const call = { node, module, function: name, arity: args.length };
    const evaluation = rpcArguments(module, name, args);
    const pending = this.#expect(ref, options);
    process.monitors.set(refKey(ref), { ref, of: process.pid });
    this.#tryWrite(ref, () =>
      this.#options.write(
        spawnRequest(
          ref,
          process.pid,
          this.#options.groupLeader,
          RPC_MODULE,
          RPC_FUNCTION,
          [atom("monitor")],
          evaluation.length,
        ),
        evaluation,
      ),
    );
    const answer = await pending.answer;
    if (answer.kind === "down") {
      const outcome = outcomeOf(answer.reason);
      if (outcome?.ok === true) return outcome.value;
      if (outcome) throw as(caller, rpcError({ ...call, ...outcome }));
      throw as(caller, this.#lost(call, answer.reason));
    }
    this.#abandon(pending.entry);
    throw as(caller, rpcFailure(call, answer, options));
  }

  async genServerCall(to: Pid | string, request: Term, timeoutMs: number, caller: object): Promise<Term> {
    const { table, node } = this.#options;
    const process = this.#alive();
    const ref = table.makeRef();
    const { answer } = this.#expect(ref, { timeoutMs });
    this.#tryWrite(ref, () => {
      table.addAlias(ref, process);
      table.monitor(process, typeof to === "string" ? atom(to) : to, ref);
      const tag = new ImproperList([atom("alias")], ref);
      this.#options.send(process, to, tuple(atom("$gen_call"), tuple(process.pid, tag), request));
    });
    const result = await answer.finally(() => {
      table.dropAlias(ref);
      if (process.alive) table.demonitor(process, ref);
    });
    if (result.kind === "reply") return result.term;
    throw as(caller, callFailure(node, to, result, timeoutMs));
  }

  /** Resolves when the peer has started the process. */
  async spawnRequest(
    from: ProcessState,
    module: string,
    name: string,
    args: readonly Term[],
    options: SpawnOptions,
    caller: object,
  ): Promise<SpawnedProcess> {
    const { table, node } = this.#options;
    const ref = table.makeRef();
    const flags = [...(options.link ? [atom("link")] : []), ...(options.monitor ? [atom("monitor")] : [])];
    const result = await new Promise<Pid | Atom>((settle, reject) => {
      this.#spawns.set(refKey(ref), { from, options, settle });
      try {
        this.#options.write(
          spawnRequest(ref, from.pid, this.#options.groupLeader, module, name, flags, args.length),
          args,
        );
      } catch (error) {
        this.#spawns.delete(refKey(ref));
        reject(error as Error);
      }
    });
    if (result instanceof Pid) return { pid: result, ref };
    const details = { node, module, function: name, arity: args.length, reason: result.name };
    const message = `${node} did not spawn ${module}:${name}/${args.length}: ${result.name}`;
    throw as(caller, new DistError("DIST_SPAWN_FAILED", message, details, undefined, result));
  }

  /** The answer to a SPAWN_REQUEST. Links and monitors hold from this moment, before any later signal of the new process. */
  spawnReply(ref: Reference, result: Pid | Atom): void {
    const key = refKey(ref);
    const spawn = this.#spawns.get(key);
    if (spawn) {
      this.#spawns.delete(key);
      if (result instanceof Pid) this.#establish(spawn.from, spawn.options, ref, result);
      spawn.settle(result);
      return;
    }
    const pending = this.#pending.get(key);
    if (result instanceof Atom) pending?.settle({ kind: "spawned", result });
    else if (pending) pending.worker = result;
    // An rpc that was given up before its process had started.
    else this.#options.table.sendExit2(this.#process.pid, result, atom("kill"));
  }

  /** The connection is gone: what the table's `noconnection` did not settle already. */
  disconnected(): void {
    const noconnection = atom("noconnection");
    for (const { settle } of Array.from(this.#pending.values()))
      settle({ kind: "down", reason: noconnection });
    for (const { settle } of Array.from(this.#spawns.values())) settle(noconnection);
    this.#spawns.clear();
  }

  #establish(from: ProcessState, options: SpawnOptions, ref: Reference, pid: Pid): void {
    if (options.monitor) from.monitors.set(refKey(ref), { ref, of: pid });
    if (options.link) this.#options.table.linkedBySpawn(from, pid);
  }

  #expect(ref: Reference, options: RpcOptions): { answer: Promise<Answer>; entry: Pending } {
    const key = refKey(ref);
    let settle: (answer: Answer) => void = () => undefined;
    const answer = new Promise<Answer>((resolve) => {
      settle = resolve;
    });
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => entry.settle({ kind: "timeout" }), timeoutMs)
      : undefined;
    const abort = (): void => entry.settle({ kind: "aborted" });
    options.signal?.addEventListener("abort", abort);
    const entry: Pending = {
      ref,
      worker: undefined,
      settle: (result) => {
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", abort);
        this.#pending.delete(key);
        settle(result);
      },
    };
    this.#pending.set(key, entry);
    if (options.signal?.aborted) abort();
    return { answer, entry };
  }

  /** What cannot be sent must not be waited for. */
  #tryWrite(ref: Reference, write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#pending.get(refKey(ref))?.settle({ kind: "aborted" });
      throw error;
    }
  }

  /** Nobody waits for it any more, so that it must not go on in the observed node. */
  #abandon({ ref, worker }: Pending): void {
    const process = this.#process;
    if (!process.alive || !process.monitors.delete(refKey(ref))) return;
    if (worker) this.#options.table.sendExit2(process.pid, worker, atom("kill"));
  }

  #alive(): ProcessState {
    // It ends only when an answer cannot be decoded.
    if (!this.#process.alive) this.#process = this.#spawnProcess();
    return this.#process;
  }

  #spawnProcess(): ProcessState {
    return this.#options.table.spawn({
      onMessage: (message) => this.#reply(message),
      onDown: (ref, _from, reason) => this.#pending.get(refKey(ref))?.settle({ kind: "down", reason }),
      onExit: () => undefined,
    });
  }

  /** `{Tag, Reply}`, where our tag is `[alias | Ref]`. */
  #reply(message: Term): void {
    if (!(message instanceof Tuple) || message.elements.length !== 2) return;
    const [tag, term] = message.elements;
    if (!(tag instanceof ImproperList) || term === undefined) return;
    const ref = tag.tail as Reference;
    if (isAtom(tag.items[0], "alias")) this.#pending.get(refKey(ref))?.settle({ kind: "reply", term });
  }

  #lost(call: CallName, reason: Term): DistError {
    const text = reasonText(reason);
    if (isAtom(reason, "noconnection")) return closedDuring(call, this.#options.node);
    return new DistError(
      "DIST_RPC_ERROR",
      `${callText(call)} did not answer: the process it ran in ended with ${text}`,
      { ...call, class: "exit", reason: text, remoteStack: "" },
      undefined,
      reason,
    );
  }
}

interface CallName {
  readonly node: string;
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

function spawnRequest(
  ref: Reference,
  from: Pid,
  groupLeader: Pid,
  module: string,
  name: string,
  options: readonly Term[],
  arity: number,
): Tuple {
  return tuple(OP.SPAWN_REQUEST, ref, from, groupLeader, tuple(atom(module), atom(name), arity), options);
}

const callText = (call: CallName): string => `${call.module}:${call.function}/${call.arity} on ${call.node}`;

function closedDuring(call: CallName, node: string): DistError {
  return new DistError(
    "DIST_CLOSED",
    `The connection to ${node} ended during ${callText(call)}. Connect again`,
    { ...call },
  );
}

function rpcFailure(call: CallName, answer: Answer, options: RpcOptions): DistError {
  if (answer.kind === "timeout") {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const message = `${callText(call)} took longer than ${timeoutMs} ms and was ended: give it more time, or look at what it waits for`;
    return new DistError("DIST_RPC_TIMEOUT", message, { ...call, timeoutMs });
  }
  if (answer.kind === "spawned") {
    const reason = reasonText(answer.result);
    return new DistError("DIST_RPC_ERROR", `${callText(call)} could not start: ${reason}`, {
      ...call,
      class: "error",
      reason,
      remoteStack: "",
    });
  }
  if (answer.kind === "unreadable") {
    return new DistError(
      "DIST_RPC_ERROR",
      `${callText(call)} answered what we cannot decode: ${answer.error.message}`,
      { ...call },
      answer.error,
    );
  }
  return new DistError(
    "DIST_RPC_ABORTED",
    `${callText(call)} was aborted`,
    { ...call },
    options.signal?.reason,
  );
}

function callFailure(node: string, to: Pid | string, answer: Answer, timeoutMs: number): DistError {
  const target = typeof to === "string" ? to : `<${to.id}.${to.serial}>`;
  const details = { node, to: target };
  if (answer.kind !== "down") {
    const message = `GenServer.call to ${target} on ${node} had no answer in ${timeoutMs} ms: it may be busy or wait for something itself`;
    return new DistError("DIST_CALL_TIMEOUT", message, { ...details, timeoutMs });
  }
  const { reason } = answer;
  if (isAtom(reason, "noconnection")) {
    return new DistError(
      "DIST_CLOSED",
      `The connection to ${node} ended during a GenServer.call to ${target}. Connect again`,
      details,
    );
  }
  const text = reasonText(reason);
  const message = isAtom(reason, "noproc")
    ? `No process ${target} on ${node}: check the name`
    : `${target} on ${node} ended during a GenServer.call: ${text}`;
  return new DistError("DIST_CALL_FAILED", message, { ...details, reason: text }, undefined, reason);
}

/** An error that shows where our caller stands instead of the socket's callback. */
function as(caller: object, error: DistError): DistError {
  const frames = (caller as { stack?: string }).stack?.split("\n").slice(1) ?? [];
  error.stack = [`${error.name}: ${error.message}`, ...frames].join("\n");
  return error;
}
