/** Processes on our side of a connection: what Erlang can send to, link and monitor. */
import { type Atom, atom, type Pid, type Reference, type Term } from "@elixirscope/etf";

export interface ProcessHandlers {
  /**
   * The message as an external term without version byte: a view that is valid only during the call. `atoms` is there only where the
   * connection uses the atom cache (`ConnectOptions.atomCache`): the `atomCache` to decode the payload with.
   */
  onRaw?(payload: Uint8Array, from: Pid | undefined, atoms: readonly Atom[] | undefined): void;
  /** The message decoded; the term is the handler's to keep. `from` where the peer says who sent it. */
  onMessage?(message: Term, from: Pid | undefined): void;
  /**
   * A process that this one monitors ended. `reason` is `noconnection` when the connection did, and `{undecodable, Bytes}` where it is a
   * term that we cannot decode.
   */
  onDown?(ref: Reference, from: Pid | Atom, reason: Term): void;
  /**
   * An exit signal from a linked process, or one sent with exit/2. With this handler the process traps exits; without it, it ends too
   * unless the reason is `normal`. The reason `kill` sent with exit/2 ends it in any case.
   */
  onExit?(from: Pid, reason: Term): void;
}

/** How a local process ended. */
export interface ProcessExit {
  readonly reason: Term;
  /** What a handler of it threw, where that is why it ended. */
  readonly error?: Error;
}

export interface LocalProcess {
  readonly pid: Pid;
  /** Settles when the process has ended, by {@link exit}, a signal, a handler that threw, or the end of the connection. */
  readonly exited: Promise<ProcessExit>;
  /** Gives it a name that the peer can send to: `{name, our_node}`. @throws DistError DIST_BAD_OPTION where the name is taken */
  register(name: string): LocalProcess;
  /** Ends it: links and monitors get their signals. Default reason `normal`. */
  exit(reason?: Term): void;
}

export interface Link {
  readonly pid: Pid;
  /** Set while our unlink is not yet acknowledged: until then exits of that process are ignored. */
  unlinking: number | undefined;
}

export interface IncomingMonitor {
  readonly ref: Reference;
  readonly from: Pid;
  /** What was monitored: our pid, or a registered name. */
  readonly of: Pid | Atom;
}

export interface OutgoingMonitor {
  readonly ref: Reference;
  readonly of: Pid | Atom;
}

/** The state of one local process; {@link ProcessTable} works on it. */
export class ProcessState implements LocalProcess {
  readonly pid: Pid;
  readonly handlers: ProcessHandlers;
  readonly exited: Promise<ProcessExit>;
  readonly names: Set<string> = new Set();
  readonly links: Map<string, Link> = new Map();
  readonly monitoredBy: Map<string, IncomingMonitor> = new Map();
  readonly monitors: Map<string, OutgoingMonitor> = new Map();
  alive = true;
  /** For our own processes: gets word of messages (no `ref`) and of reasons that cannot be decoded. */
  unreadable: ((ref: Reference | undefined, error: Error) => void) | undefined;
  #settle: (exit: ProcessExit) => void = () => undefined;
  readonly #owner: ProcessOwner;

  constructor(pid: Pid, handlers: ProcessHandlers, owner: ProcessOwner) {
    this.pid = pid;
    this.handlers = handlers;
    this.#owner = owner;
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  register(name: string): this {
    this.#owner.register(this, name);
    return this;
  }

  exit(reason: Term = atom("normal")): void {
    this.#owner.end(this, { reason });
  }

  ownedBy(owner: ProcessOwner): boolean {
    return this.#owner === owner;
  }

  ended(exit: ProcessExit): void {
    this.alive = false;
    this.#settle(exit);
  }
}

interface ProcessOwner {
  register(process: ProcessState, name: string): void;
  end(process: ProcessState, exit: ProcessExit): void;
}
