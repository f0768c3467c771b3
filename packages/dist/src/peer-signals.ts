/** The signals that our processes send to those of the peer, in the form that the peer takes. */
import { type Atom, atom, type Pid, type Reference, type Term, tuple } from "@elixirscope/etf";
import { OP } from "./control.ts";
import type { IncomingMonitor } from "./local-process.ts";

export interface SignalOptions {
  /** Does the peer take exit reasons as payload? (DFLAG_EXIT_PAYLOAD) */
  readonly exitPayload: boolean;
  /** Does the peer take unlink ids? (DFLAG_UNLINK_ID) */
  readonly unlinkId: boolean;
  write(control: Term, payload?: Term): boolean;
}

export class PeerSignals {
  readonly #options: SignalOptions;
  #nextUnlink = 1;

  constructor(options: SignalOptions) {
    this.#options = options;
  }

  /** From a link that broke. */
  exit(from: Pid, to: Pid, reason: Term): void {
    this.#withReason([OP.EXIT, from, to], [OP.PAYLOAD_EXIT, from, to], reason);
  }

  /** As `exit/2` sends it. */
  exit2(from: Pid, to: Pid, reason: Term): void {
    this.#withReason([OP.EXIT2, from, to], [OP.PAYLOAD_EXIT2, from, to], reason);
  }

  down({ ref, from, of }: IncomingMonitor, reason: Term): void {
    this.#withReason([OP.MONITOR_P_EXIT, of, from, ref], [OP.PAYLOAD_MONITOR_P_EXIT, of, from, ref], reason);
  }

  link(from: Pid, to: Pid): void {
    this.#options.write(tuple(OP.LINK, from, to));
  }

  /** The id that the peer will acknowledge; `undefined` where it acknowledges nothing. */
  unlink(from: Pid, to: Pid): number | undefined {
    if (!this.#options.unlinkId) {
      this.#options.write(tuple(OP.UNLINK, from, to));
      return undefined;
    }
    const id = this.#nextUnlink++;
    this.#options.write(tuple(OP.UNLINK_ID, id, from, to));
    return id;
  }

  unlinkAck(id: number | bigint, from: Pid, to: Pid): void {
    this.#options.write(tuple(OP.UNLINK_ID_ACK, id, from, to));
  }

  monitor(from: Pid, of: Pid | Atom, ref: Reference): void {
    this.#options.write(tuple(OP.MONITOR_P, from, of, ref));
  }

  demonitor(from: Pid, of: Pid | Atom, ref: Reference): void {
    this.#options.write(tuple(OP.DEMONITOR_P, from, of, ref));
  }

  /** Nothing can be spawned here: the peer's `spawn_request/5` gets `{spawn_reply, _, error, notsup}`. */
  refuseSpawn(ref: Reference, to: Pid): void {
    this.#options.write(tuple(OP.SPAWN_REPLY, ref, to, 0, atom("notsup")));
  }

  #withReason(inControl: readonly Term[], asPayload: readonly Term[], reason: Term): void {
    if (this.#options.exitPayload) this.#options.write(tuple(...asPayload), reason);
    else this.#options.write(tuple(...inControl, reason));
  }
}
