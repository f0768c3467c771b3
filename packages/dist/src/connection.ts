import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { atom, isTagged, Pid, Reference, type Term, tuple } from "@elixirscope/etf";
import type { RpcOptions } from "./call-errors.ts";
import { Calls, type SpawnedProcess, type SpawnOptions } from "./calls.ts";
import { type ConnectOptions, establish } from "./connect.ts";
import { OP } from "./control.ts";
import { DistError } from "./errors.ts";
import { DFLAG_ALIAS, DFLAG_EXIT_PAYLOAD, DFLAG_SEND_SENDER, DFLAG_UNLINK_ID } from "./flags.ts";
import { ioHandlers, type ServeHandler, serverHandlers } from "./gen-server.ts";
import type { Peer } from "./handshake.ts";
import type { LocalProcess, ProcessHandlers, ProcessState } from "./local-process.ts";
import { MessageReader } from "./message-reader.ts";
import { ProcessTable } from "./process-table.ts";
import type { Wire } from "./wire.ts";
import type { CloseReason } from "./wire-errors.ts";

/**
 * A connection to one Erlang node, on which we are a hidden node.
 *
 * It never shows the cookie: it does not keep it.
 */
export class DistConnection {
  readonly peer: Peer;
  readonly localName: string;
  /** Settles (never rejects) when the connection has ended, whoever ended it. */
  readonly closed: Promise<CloseReason>;
  readonly #wire: Wire;
  readonly #table: ProcessTable;
  readonly #calls: Calls;
  readonly #flags: bigint;
  readonly #node: ProcessState;

  private constructor(wire: Wire, peer: Peer, options: EstablishedOptions) {
    this.peer = peer;
    this.localName = options.localName;
    this.#wire = wire;
    this.#flags = peer.flags & options.flags;
    // What ends together with the connection has nobody to tell any more.
    const write = (control: Term, payload?: Term): boolean => !wire.isClosed && wire.write(control, payload);
    this.#table = new ProcessTable({
      localName: options.localName,
      creation: options.creation,
      exitPayload: this.#has(DFLAG_EXIT_PAYLOAD),
      unlinkId: this.#has(DFLAG_UNLINK_ID),
      write,
      spawnReply: (ref, result) => this.#calls.spawnReply(ref, result),
      report: options.onCrash,
    });
    this.#node = this.#table.spawn(ioHandlers((to, message) => this.send(this.#node, to, message)));
    this.#calls = new Calls({
      node: peer.name,
      table: this.#table,
      groupLeader: this.#node.pid,
      write,
      send: (from, to, message) => this.send(from, to, message),
    });
    // Node.ping/1 and :net_adm.ping/1 ask this process.
    this.serve("net_kernel", (request) =>
      isTagged(request, "is_auth", 2) ? atom("yes") : tuple(atom("error"), atom("notsup")),
    );
    this.closed = this.#attach(options.maxMessageBytes);
  }

  /**
   * Looks the node up in EPMD (unless `port` is given), connects and shakes hands.
   *
   * @throws DistError DIST_BAD_NODE_NAME, DIST_BAD_OPTION, DIST_NO_COOKIE, DIST_EPMD_UNREACHABLE, DIST_NODE_UNKNOWN,
   * DIST_NODE_UNREACHABLE, DIST_COOKIE_REJECTED, DIST_NAME_CLASH, DIST_NOT_ALLOWED, DIST_OTP_TOO_OLD, DIST_NOT_DISTRIBUTED,
   * DIST_LONG_SHORT_NAMES, DIST_WRONG_NODE, DIST_TIMEOUT
   */
  static async connect(options: ConnectOptions): Promise<DistConnection> {
    const creation = randomBytes(4).readUInt32BE(0) | 4;
    const { wire, peer, localName, flags, maxMessageBytes } = await establish(options, creation >>> 0);
    const onCrash = (_process: LocalProcess, error: Error): void => {
      if (options.onCrash) options.onCrash(error);
      else process.emitWarning(error);
    };
    return new DistConnection(wire, peer, {
      localName,
      flags,
      creation: creation >>> 0,
      maxMessageBytes,
      onCrash,
    });
  }

  get bytesReceived(): number {
    return this.#wire.bytesReceived;
  }

  get bytesSent(): number {
    return this.#wire.bytesSent;
  }

  /**
   * A local process: an address on our node that Erlang can send to, link and monitor. A handler that throws ends it, as a crash would.
   * @throws DistError DIST_CLOSED
   */
  spawn(handlers: ProcessHandlers): LocalProcess {
    this.#wire.requireOpen();
    return this.#table.spawn(handlers);
  }

  /**
   * Sends `message` to a process of the peer, by pid, registered name, or alias.
   * `false`: it is on its way, but what is queued has passed the socket's high-water mark: wait for {@link drained}.
   *
   * @throws DistError DIST_CLOSED, DIST_BAD_DESTINATION (a pid of another node); EtfError for what is no term
   */
  send(from: LocalProcess | undefined, to: Pid | string | Reference, message: Term): boolean {
    const sender = from?.pid ?? this.#node.pid;
    if (typeof to === "string") {
      return this.#wire.write(tuple(OP.REG_SEND, sender, atom(""), atom(to)), message);
    }
    this.#requirePeer(to);
    if (to instanceof Reference) {
      if (!this.#has(DFLAG_ALIAS))
        throw new DistError("DIST_BAD_DESTINATION", `${this.peer.name} knows no aliases: send to a pid`);
      return this.#wire.write(tuple(OP.ALIAS_SEND, sender, to), message);
    }
    if (from && this.#has(DFLAG_SEND_SENDER)) {
      return this.#wire.write(tuple(OP.SEND_SENDER, sender, to), message);
    }
    return this.#wire.write(tuple(OP.SEND, atom(""), to), message);
  }

  /** Resolves when the socket takes data again, or the connection has ended. */
  drained(): Promise<void> {
    return this.#wire.drained();
  }

  link(from: LocalProcess, to: Pid): void {
    this.#requirePeer(to);
    this.#table.link(this.#state(from), to);
  }

  unlink(from: LocalProcess, to: Pid): void {
    this.#table.unlink(this.#state(from), to);
  }

  /** `onDown` of `from` will be called once, also when there is no such process (`noproc`). */
  monitor(from: LocalProcess, to: Pid | string): Reference {
    if (to instanceof Pid) this.#requirePeer(to);
    const ref = this.#table.makeRef();
    this.#table.monitor(this.#state(from), typeof to === "string" ? atom(to) : to, ref);
    return ref;
  }

  demonitor(from: LocalProcess, ref: Reference): void {
    this.#table.demonitor(this.#state(from), ref);
  }

  /** An exit signal, as `Process.exit/2` sends it; the reason `kill` cannot be trapped. */
  exit(from: LocalProcess, to: Pid, reason: Term): void {
    this.#requirePeer(to);
    this.#table.signals.exit2(from.pid, to, reason);
  }

  /** Starts a process on the peer. @throws DistError DIST_SPAWN_FAILED, DIST_CLOSED */
  spawnRequest(
    from: LocalProcess,
    module: string,
    fn: string,
    args: readonly Term[],
    options: SpawnOptions = {},
  ): Promise<SpawnedProcess> {
    return this.#calls.spawnRequest(this.#state(from), module, fn, args, options, stackHere());
  }

  /**
   * Calls `module:fn(args)` in a process of its own on the peer. What it prints is dropped. On timeout and abort that process is killed.
   *
   * @param module an Erlang module (`lists`) or an Elixir one in full (`Elixir.Enum`)
   * @throws DistError DIST_RPC_ERROR (`details.class`, `details.reason`, `details.remoteStack`, and the term in `reason`),
   * DIST_RPC_TIMEOUT, DIST_RPC_ABORTED, DIST_CLOSED; its `stack` is the caller's
   */
  rpc(module: string, fn: string, args: readonly Term[], options: RpcOptions = {}): Promise<Term> {
    if (this.#wire.isClosed) return this.#refused();
    return this.#calls.rpc(module, fn, args, options, stackHere());
  }

  /**
   * `GenServer.call/3` to a process of the peer.
   * @throws DistError DIST_CALL_FAILED (it ended, or is not there), DIST_CALL_TIMEOUT, DIST_CLOSED
   */
  genServerCall(to: Pid | string, request: Term, timeoutMs = 5_000): Promise<Term> {
    if (this.#wire.isClosed) return this.#refused();
    return this.#calls.genServerCall(to, request, timeoutMs, stackHere());
  }

  /**
   * A registered process that answers `GenServer.call({name, our_node}, request)` and takes casts.
   * @throws DistError DIST_BAD_OPTION where the name is taken
   */
  serve(name: string, handler: ServeHandler): LocalProcess {
    this.#wire.requireOpen();
    const process: ProcessState = this.#table.spawn(
      serverHandlers(handler, {
        send: (to, message) => this.send(process, to, message),
        fail: (ref, reason) => this.#table.failMonitor(process, ref, reason),
        castFailed: (error) => this.#table.report(process, error),
      }),
    );
    return process.register(name);
  }

  /** No handler is called until {@link resumeReading}; the peer's senders will block when buffers are full. */
  pauseReading(): void {
    this.#wire.pauseReading();
  }

  resumeReading(): void {
    this.#wire.resumeReading();
  }

  /** Sends what is queued and hangs up. Never rejects; can be called again. */
  close(): Promise<void> {
    return this.#wire.close();
  }

  toJSON(): Record<string, unknown> {
    const { peer, localName, bytesReceived, bytesSent } = this;
    return { peer: { name: peer.name, creation: peer.creation }, localName, bytesReceived, bytesSent };
  }

  toString(): string {
    return `DistConnection(${this.localName} → ${this.peer.name})`;
  }

  #attach(maxMessageBytes: number): Promise<CloseReason> {
    const reader = new MessageReader(maxMessageBytes);
    return new Promise((resolve) => {
      this.#wire.attach({
        frame: (frame) => {
          const message = reader.read(frame);
          if (message) this.#table.receive(message);
        },
        // A monitor of nobody is answered (noproc) by the node itself, whatever its processes do.
        probe: () => this.#table.monitor(this.#node, atom("$elixirscope_probe"), this.#table.makeRef()),
        closed: (reason) => {
          resolve(reason);
          this.#table.disconnected();
          this.#calls.disconnected();
        },
      });
    });
  }

  /** A promise's way to throw DIST_CLOSED. */
  async #refused(): Promise<never> {
    throw this.#wire.closedError();
  }

  #has(flag: bigint): boolean {
    return (this.#flags & flag) !== 0n;
  }

  #state(process: LocalProcess): ProcessState {
    this.#wire.requireOpen();
    return this.#table.stateOf(process);
  }

  #requirePeer(to: Pid | Reference): void {
    if (to.node === this.peer.name) return;
    throw new DistError(
      "DIST_BAD_DESTINATION",
      `${to.node} is not ${this.peer.name}: this connection leads to the latter only`,
      {
        node: this.peer.name,
        to: to.node,
      },
    );
  }
}

// Defined apart: a computed name cannot stand in a class whose types are to be read without inference.
Object.defineProperty(DistConnection.prototype, inspect.custom, {
  value(this: DistConnection): string {
    return this.toString();
  },
});

interface EstablishedOptions {
  readonly localName: string;
  readonly flags: bigint;
  readonly creation: number;
  readonly maxMessageBytes: number;
  readonly onCrash: (process: LocalProcess, error: Error) => void;
}

/** Where the caller of our caller stands. */
function stackHere(): string {
  return new Error("here").stack?.split("\n").slice(3).join("\n") ?? "";
}
