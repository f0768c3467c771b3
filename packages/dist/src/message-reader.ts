/**
 * From frames to messages: a control tuple and, for most kinds, a payload. A message comes in one of three forms:
 *
 *     112, 131 control, [131 payload]                               no distribution header (what we ask for)
 *     131 68, atom references, control, [payload]                   with header
 *     131 69, sequence, fragment, atom references, control, …       first fragment of such a one; fragments count down to 1
 *     131 70, sequence, fragment, …                                 a later fragment
 */
import { type Atom, decodeTerm, EtfError, type Term } from "@elixirscope/etf";
import { AtomCache } from "./atom-cache.ts";
import { DistError } from "./errors.ts";

const PASS_THROUGH = 112;
const VERSION = 131;
const HEADER = 68;
const FIRST_FRAGMENT = 69;
const FRAGMENT = 70;
/** A peer sends a few at a time (one for each busy sender); each costs memory until its last fragment. */
const MAX_SEQUENCES = 10_000;

export interface Message {
  readonly control: Term;
  /** External term without version byte; a view of the frame, or of a buffer of its own where it came in fragments. */
  readonly payload: Uint8Array | undefined;
  /** What ATOM_CACHE_REF n in the payload means; only where the connection uses the atom cache. */
  readonly atoms: readonly Atom[] | undefined;
}

interface Sequence {
  readonly control: Term;
  readonly atoms: readonly Atom[];
  next: bigint;
  buffer: Uint8Array;
  length: number;
}

export class MessageReader {
  readonly #cache = new AtomCache();
  readonly #sequences = new Map<bigint, Sequence>();
  readonly #maxMessageBytes: number;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** The message that `frame` is or completes. @throws DistError DIST_PROTOCOL */
  read(frame: Uint8Array): Message | undefined {
    try {
      if (frame[0] === PASS_THROUGH) return passThrough(frame);
      if (frame[0] === VERSION && frame[1] === HEADER) return this.#withHeader(frame);
      if (frame[0] === VERSION && frame[1] === FIRST_FRAGMENT) return this.#firstFragment(frame);
      if (frame[0] === VERSION && frame[1] === FRAGMENT) return this.#fragment(frame);
    } catch (cause) {
      if (!(cause instanceof EtfError)) throw cause;
      throw new DistError("DIST_PROTOCOL", `Broken control message: ${cause.message}`, {}, cause);
    }
    throw broken(`a message begins with bytes ${frame[0]} ${frame[1]}`);
  }

  #withHeader(frame: Uint8Array): Message {
    const { atoms, end } = this.#cache.read(frame, 2);
    const control = decodeTerm(frame, end, { atomCache: atoms });
    const payload = control.end < frame.length ? frame.subarray(control.end) : undefined;
    return { control: control.term, payload, atoms };
  }

  #firstFragment(frame: Uint8Array): Message | undefined {
    const { sequence, fragment } = fragmentHead(frame);
    const { atoms, end } = this.#cache.read(frame, 18);
    // The whole control message is in the first fragment. It outlives this frame, so decode it from a copy.
    const rest = new Uint8Array(frame.subarray(end));
    const control = decodeTerm(rest, 0, { atomCache: atoms });
    const begun = rest.subarray(control.end);
    if (fragment === 1n) {
      return { control: control.term, payload: begun.length > 0 ? begun : undefined, atoms };
    }
    if (this.#sequences.has(sequence)) throw broken(`fragment sequence ${sequence} begins twice`);
    if (this.#sequences.size >= MAX_SEQUENCES)
      throw broken("too many messages are sent in fragments at a time");
    this.#sequences.set(sequence, {
      control: control.term,
      atoms,
      next: fragment - 1n,
      buffer: begun,
      length: begun.length,
    });
    return undefined;
  }

  #fragment(frame: Uint8Array): Message | undefined {
    const { sequence, fragment } = fragmentHead(frame);
    const begun = this.#sequences.get(sequence);
    if (begun === undefined) throw broken(`fragment sequence ${sequence} has no beginning`);
    if (begun.next !== fragment) throw broken(`fragment ${fragment} came where ${begun.next} was due`);
    append(begun, frame.subarray(18), this.#maxMessageBytes);
    begun.next -= 1n;
    if (fragment > 1n) return undefined;
    this.#sequences.delete(sequence);
    return { control: begun.control, payload: begun.buffer.subarray(0, begun.length), atoms: begun.atoms };
  }
}

function passThrough(frame: Uint8Array): Message {
  if (frame[1] !== VERSION) throw broken(`a control message has version byte ${frame[1]}`);
  const control = decodeTerm(frame, 2);
  if (control.end === frame.length) return { control: control.term, payload: undefined, atoms: undefined };
  if (frame[control.end] !== VERSION) throw broken(`a payload has version byte ${frame[control.end]}`);
  return { control: control.term, payload: frame.subarray(control.end + 1), atoms: undefined };
}

function fragmentHead(frame: Uint8Array): { sequence: bigint; fragment: bigint } {
  if (frame.length < 18) throw broken("a fragment is cut off");
  const view = new DataView(frame.buffer, frame.byteOffset, 18);
  const fragment = view.getBigUint64(10);
  if (fragment === 0n) throw broken("fragment 0");
  return { sequence: view.getBigUint64(2), fragment };
}

/** Doubles the buffer as fragments arrive: their number is the peer's claim, so that nothing is allocated for it. */
function append(sequence: Sequence, part: Uint8Array, limit: number): void {
  const length = sequence.length + part.length;
  if (length > limit) throw broken(`a message in fragments is longer than ${limit} bytes`);
  if (length > sequence.buffer.length) {
    const grown = new Uint8Array(Math.max(length, 2 * sequence.buffer.length));
    grown.set(sequence.buffer.subarray(0, sequence.length));
    sequence.buffer = grown;
  }
  sequence.buffer.set(part, sequence.length);
  sequence.length = length;
}

function broken(what: string): DistError {
  return new DistError("DIST_PROTOCOL", `Broken distribution message: ${what}`);
}
