/**
 * Control messages. Source: "Distribution Protocol" in the ERTS User's Guide, section Protocol between Connected Nodes.
 * The variants with a trace token (a message of a process under `seq_trace`) are the same messages with one more element.
 */
import { Atom, Pid, Reference, type Term, Tuple } from "@elixirscope/etf";
import { DistError } from "./errors.ts";

export const OP = {
  LINK: 1,
  SEND: 2,
  EXIT: 3,
  UNLINK: 4,
  REG_SEND: 6,
  GROUP_LEADER: 7,
  EXIT2: 8,
  SEND_TT: 12,
  EXIT_TT: 13,
  REG_SEND_TT: 16,
  EXIT2_TT: 18,
  MONITOR_P: 19,
  DEMONITOR_P: 20,
  MONITOR_P_EXIT: 21,
  SEND_SENDER: 22,
  SEND_SENDER_TT: 23,
  PAYLOAD_EXIT: 24,
  PAYLOAD_EXIT_TT: 25,
  PAYLOAD_EXIT2: 26,
  PAYLOAD_EXIT2_TT: 27,
  PAYLOAD_MONITOR_P_EXIT: 28,
  SPAWN_REQUEST: 29,
  SPAWN_REQUEST_TT: 30,
  SPAWN_REPLY: 31,
  SPAWN_REPLY_TT: 32,
  ALIAS_SEND: 33,
  ALIAS_SEND_TT: 34,
  UNLINK_ID: 35,
  UNLINK_ID_ACK: 36,
} as const;

/** A control message from the peer. `reason` is absent where it is the payload. */
export type Signal =
  | { readonly kind: "send"; readonly from: Pid | undefined; readonly to: Pid }
  | { readonly kind: "reg_send"; readonly from: Pid; readonly to: string }
  | { readonly kind: "alias_send"; readonly from: Pid; readonly to: Reference }
  | { readonly kind: "link"; readonly from: Pid; readonly to: Pid }
  | {
      readonly kind: "unlink";
      readonly id: number | bigint | undefined;
      readonly from: Pid;
      readonly to: Pid;
    }
  | { readonly kind: "unlink_ack"; readonly id: number | bigint; readonly from: Pid; readonly to: Pid }
  | { readonly kind: "exit" | "exit2"; readonly from: Pid; readonly to: Pid; readonly reason?: Term }
  | { readonly kind: "group_leader"; readonly from: Pid; readonly to: Pid }
  | {
      readonly kind: "monitor" | "demonitor";
      readonly from: Pid;
      readonly to: Pid | Atom;
      readonly ref: Reference;
    }
  | {
      readonly kind: "monitor_exit";
      readonly from: Pid | Atom;
      readonly to: Pid;
      readonly ref: Reference;
      readonly reason?: Term;
    }
  | { readonly kind: "spawn_request"; readonly from: Pid; readonly ref: Reference }
  | { readonly kind: "spawn_reply"; readonly ref: Reference; readonly to: Pid; readonly result: Pid | Atom };

/** @throws DistError DIST_PROTOCOL for what is no control message of these */
export function parseControl(control: Term): Signal {
  if (!(control instanceof Tuple)) throw broken(control);
  const fields = new Fields(control);
  switch (control.elements[0]) {
    case OP.SEND:
    case OP.SEND_TT:
      return { kind: "send", from: undefined, to: fields.pid(2) };
    case OP.SEND_SENDER:
    case OP.SEND_SENDER_TT:
      return { kind: "send", from: fields.pid(1), to: fields.pid(2) };
    case OP.REG_SEND:
    case OP.REG_SEND_TT:
      return { kind: "reg_send", from: fields.pid(1), to: fields.atom(3).name };
    case OP.ALIAS_SEND:
    case OP.ALIAS_SEND_TT:
      return { kind: "alias_send", from: fields.pid(1), to: fields.reference(2) };
    case OP.GROUP_LEADER:
      return { kind: "group_leader", from: fields.pid(1), to: fields.pid(2) };
    case OP.SPAWN_REQUEST:
    case OP.SPAWN_REQUEST_TT:
      return { kind: "spawn_request", ref: fields.reference(1), from: fields.pid(2) };
    case OP.SPAWN_REPLY:
    case OP.SPAWN_REPLY_TT:
      return {
        kind: "spawn_reply",
        ref: fields.reference(1),
        to: fields.pid(2),
        result: fields.pidOrAtom(4),
      };
    default:
      return parseRelation(control, fields);
  }
}

/** Links, exits and monitors. */
function parseRelation(control: Tuple, fields: Fields): Signal {
  switch (control.elements[0]) {
    case OP.LINK:
      return { kind: "link", from: fields.pid(1), to: fields.pid(2) };
    case OP.UNLINK:
      return { kind: "unlink", id: undefined, from: fields.pid(1), to: fields.pid(2) };
    case OP.UNLINK_ID:
      return { kind: "unlink", id: fields.integer(1), from: fields.pid(2), to: fields.pid(3) };
    case OP.UNLINK_ID_ACK:
      return { kind: "unlink_ack", id: fields.integer(1), from: fields.pid(2), to: fields.pid(3) };
    case OP.EXIT:
      return { kind: "exit", from: fields.pid(1), to: fields.pid(2), reason: fields.term(3) };
    case OP.EXIT_TT:
      return { kind: "exit", from: fields.pid(1), to: fields.pid(2), reason: fields.term(4) };
    case OP.PAYLOAD_EXIT:
    case OP.PAYLOAD_EXIT_TT:
      return { kind: "exit", from: fields.pid(1), to: fields.pid(2) };
    case OP.EXIT2:
      return { kind: "exit2", from: fields.pid(1), to: fields.pid(2), reason: fields.term(3) };
    case OP.EXIT2_TT:
      return { kind: "exit2", from: fields.pid(1), to: fields.pid(2), reason: fields.term(4) };
    case OP.PAYLOAD_EXIT2:
    case OP.PAYLOAD_EXIT2_TT:
      return { kind: "exit2", from: fields.pid(1), to: fields.pid(2) };
    case OP.MONITOR_P:
      return {
        kind: "monitor",
        from: fields.pid(1),
        to: fields.pidOrAtom(2),
        ref: fields.reference(3),
      };
    case OP.DEMONITOR_P:
      return {
        kind: "demonitor",
        from: fields.pid(1),
        to: fields.pidOrAtom(2),
        ref: fields.reference(3),
      };
    case OP.MONITOR_P_EXIT:
      return {
        kind: "monitor_exit",
        from: fields.pidOrAtom(1),
        to: fields.pid(2),
        ref: fields.reference(3),
        reason: fields.term(4),
      };
    case OP.PAYLOAD_MONITOR_P_EXIT:
      return {
        kind: "monitor_exit",
        from: fields.pidOrAtom(1),
        to: fields.pid(2),
        ref: fields.reference(3),
      };
    default:
      throw broken(control);
  }
}

/** A control tuple's elements, each checked for its type when taken. */
class Fields {
  readonly #control: Tuple;

  constructor(control: Tuple) {
    this.#control = control;
  }

  term(index: number): Term {
    const term = this.#control.elements[index];
    if (term === undefined) throw broken(this.#control);
    return term;
  }

  pid(index: number): Pid {
    const term = this.#control.elements[index];
    if (term instanceof Pid) return term;
    throw broken(this.#control);
  }

  atom(index: number): Atom {
    const term = this.#control.elements[index];
    if (term instanceof Atom) return term;
    throw broken(this.#control);
  }

  pidOrAtom(index: number): Pid | Atom {
    const term = this.#control.elements[index];
    if (term instanceof Pid || term instanceof Atom) return term;
    throw broken(this.#control);
  }

  reference(index: number): Reference {
    const term = this.#control.elements[index];
    if (term instanceof Reference) return term;
    throw broken(this.#control);
  }

  integer(index: number): number | bigint {
    const term = this.#control.elements[index];
    if (typeof term === "number" || typeof term === "bigint") return term;
    throw broken(this.#control);
  }
}

function broken(control: Term): DistError {
  const operation = control instanceof Tuple ? control.elements[0] : undefined;
  const what =
    typeof operation === "number"
      ? `control message ${operation} is unknown or has other fields than it should`
      : "a control message is no tuple that begins with a number";
  return new DistError("DIST_PROTOCOL", `Broken distribution message: ${what}`);
}
