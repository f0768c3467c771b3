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
import {
  type Answer,
  as,
  callFailure,
  DEFAULT_TIMEOUT_MS,
  type RpcOptions,
  rpcFailure,
  workerLost,
} from "./call-errors.ts";
import { OP } from "./control.ts";
import { DistError } from "./errors.ts";
import { refKey } from "./keys.ts";
import type { LocalProcess, ProcessState } from "./local-process.ts";
import type { ProcessTable } from "./process-table.ts";
import { rpcError } from "./remote-error.ts";
import { outcomeOf, RPC_FUNCTION, RPC_MODULE, rpcArguments } from "./rpc-form.ts";

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
  readonly kind: "rpc" | "call";
  readonly ref: Reference;
  readonly settle: (answer: Answer) => void;
  /** Of the process that an rpc runs in, as soon as it is known. */
  worker: Pid | undefined;
}

export interface CallsOptions {
  readonly node: string;
  readonly table: ProcessTable;
  /** Answers to IO requests of what rpc runs: a process of ours. */
  readonly groupLeader: Pid;
  write(control: Term, payload?: Term): boolean;
  send(from: LocalProcess, to: Pid | string, message: Term): boolean;
}

const MAX_TIMER_MS = 2 ** 31 - 1;

export class Calls {
  readonly #options: CallsOptions;
  readonly #pending = new Map<string, Pending>();
  readonly #spawns = new Map<
    string,
    { from: ProcessState; options: SpawnOptions; settle: (result: Pid | Atom) => void }
  >();
  readonly #process: ProcessState;

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#process = this.#spawnProcess();
  }

  async rpc(
    module: string,
    name: string,
    args: readonly Term[],
    options: RpcOptions,
    callerStack: string,
  ): Promise<Term> {
    const { table, node } = this.#options;
    const ref = table.makeRef();
    const process = this.#process;
    const call = { node, module, function: name, arity: args.length };
    if (options.signal?.aborted) throw as(callerStack, rpcFailure(call, { kind: "aborted" }, options));
    const evaluation = rpcArguments(module, name, args);
    const flags = [atom("monitor")];
    const request = spawnRequest(
      ref,
      process.pid,
      this.#options.groupLeader,
      RPC_MODULE,
      RPC_FUNCTION,
      flags,
      evaluation.length,
    );
    const pending = this.#expect("rpc", ref, options);
    this.#tryWrite(ref, () => this.#options.write(request, evaluation));
    process.monitors.set(refKey(ref), { ref, of: process.pid });
    const answer = await pending.answer;
    if (answer.kind === "down") {
      const outcome = outcomeOf(answer.reason);
      if (outcome?.ok === true) return outcome.value;
      if (outcome) throw as(callerStack, rpcError({ ...call, ...outcome }));
      throw as(callerStack, workerLost(call, answer.reason));
    }
    this.#abandon(pending.entry);
    throw as(callerStack, rpcFailure(call, answer, options));
  }

  async genServerCall(
    to: Pid | string,
    request: Term,
    timeoutMs: number,
    callerStack: string,
  ): Promise<Term> {
    const { table, node } = this.#options;
    const process = this.#process;
    const ref = table.makeRef();
    const tag = new ImproperList([atom("alias")], ref);
    const message = tuple(atom("$gen_call"), tuple(process.pid, tag), request);
    const { answer } = this.#expect("call", ref, { timeoutMs });
    table.addAlias(ref, process);
    let result: Answer;
    try {
      this.#tryWrite(ref, () => {
        table.monitor(process, typeof to === "string" ? atom(to) : to, ref);
        this.#options.send(process, to, message);
      });
      result = await answer;
    } finally {
      table.dropAlias(ref);
      if (process.alive) table.demonitor(process, ref);
    }
    if (result.kind === "reply") return result.term;
    throw as(callerStack, callFailure(node, to, result, timeoutMs));
  }

  /** Resolves when the peer has started the process. */
  async spawnRequest(
    from: ProcessState,
    module: string,
    name: string,
    args: readonly Term[],
    options: SpawnOptions,
    callerStack: string,
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
        reject(error);
      }
    });
    if (result instanceof Pid) return { pid: result, ref };
    const details = { node, module, function: name, arity: args.length, reason: result.name };
    const message = `${node} did not spawn ${module}:${name}/${args.length}: ${result.name}`;
    throw as(callerStack, new DistError("DIST_SPAWN_FAILED", message, details, undefined, result));
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
    if (result instanceof Atom) pending?.settle({ kind: "not_spawned", result });
    else if (pending) pending.worker = result;
    // An rpc that was given up before its process had started.
    else this.#options.table.signals.exit2(this.#process.pid, result, atom("kill"));
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

  #expect(
    kind: Pending["kind"],
    ref: Reference,
    options: RpcOptions,
  ): { answer: Promise<Answer>; entry: Pending } {
    const key = refKey(ref);
    const { promise, resolve } = withResolvers<Answer>();
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    // Beyond its range a timer would fire at once; 24 days are forever here.
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => entry.settle({ kind: "timeout" }), Math.min(timeoutMs, MAX_TIMER_MS))
      : undefined;
    const abort = (): void => entry.settle({ kind: "aborted" });
    options.signal?.addEventListener("abort", abort);
    const entry: Pending = {
      kind,
      ref,
      worker: undefined,
      settle: (result) => {
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", abort);
        this.#pending.delete(key);
        resolve(result);
      },
    };
    this.#pending.set(key, entry);
    return { answer: promise, entry };
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
    if (worker) this.#options.table.signals.exit2(process.pid, worker, atom("kill"));
  }

  #spawnProcess(): ProcessState {
    const process = this.#options.table.spawn({
      onMessage: (message) => this.#reply(message),
      onDown: (ref, _from, reason) => this.#pending.get(refKey(ref))?.settle({ kind: "down", reason }),
      onExit: () => undefined,
    });
    process.unreadable = (ref, error) => this.#unreadable(ref, error);
    return process;
  }

  /** An answer that the codec refuses: nested too deep, say. A reply does not tell whose it is, so that all who wait for one are told. */
  #unreadable(ref: Reference | undefined, error: Error): void {
    for (const pending of Array.from(this.#pending.values())) {
      const meant = ref === undefined ? pending.kind === "call" : refKey(pending.ref) === refKey(ref);
      if (meant) pending.settle({ kind: "unreadable", error });
    }
  }

  /** `{Tag, Reply}`, where our tag is `[alias | Ref]`. */
  #reply(message: Term): void {
    if (!(message instanceof Tuple) || message.elements.length !== 2) return;
    const [tag, term] = message.elements;
    if (!(tag instanceof ImproperList) || term === undefined) return;
    const ref = tag.tail as Reference;
    if (isAtom(tag.items[0], "alias")) this.#pending.get(refKey(ref))?.settle({ kind: "reply", term });
  }
}

/** `Promise.withResolvers` of Node 22. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle?.(value) };
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
