import { EVENT_KINDS, type EventBatch, NONE } from "elixirscope/model";

/** Events in a batch: what the agent sends at most. */
const BATCH_EVENTS = 512;
/** Bytes of an event in a batch, measured on a busy node with messages traced. */
const EVENT_BYTES = 155;
/** Nanoseconds between events: a million a second. */
const STEP_NS = 1000;
const TEMPLATES = 64;
const KINDS = [
  EVENT_KINDS.send,
  EVENT_KINDS.receive,
  EVENT_KINDS.send,
  EVENT_KINDS.receive,
  EVENT_KINDS.call,
  EVENT_KINDS.return,
];

/** A source of pseudo-random numbers that gives the same series each time. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

/**
 * Gives batches as a busy node makes them: messages and calls between some thousand processes, terms that repeat
 * their atoms and node names as the external term format does. Batches share the columns that need not differ.
 */
export function loadSource(): () => EventBatch {
  const random = randomSource(42);
  const templates = Array.from({ length: TEMPLATES }, (_, i) => template(i, random));
  let batch = 0;
  let low = 0;
  let high = 0x17a0_0000;
  return () => {
    const ts = new BigInt64Array(BATCH_EVENTS);
    const words = new Uint32Array(ts.buffer);
    for (let i = 0; i < BATCH_EVENTS; i++) {
      low += 1 + ((i * 7919 + batch * 104_729) % (2 * STEP_NS));
      if (low > 0xffff_ffff) {
        low -= 0x1_0000_0000;
        high++;
      }
      words[2 * i] = low;
      words[2 * i + 1] = high;
    }
    const made = { ...templates[batch % TEMPLATES]!, batch, firstId: batch * BATCH_EVENTS + 1, ts };
    batch++;
    return made;
  };
}

function template(salt: number, random: (below: number) => number): EventBatch {
  const column = (of: (i: number) => number): Int32Array =>
    Int32Array.from({ length: BATCH_EVENTS }, (_, i) => of(i));
  return {
    node: 0,
    batch: 0,
    firstId: 1,
    count: BATCH_EVENTS,
    ts: new BigInt64Array(0),
    kind: Uint8Array.from({ length: BATCH_EVENTS }, () => KINDS[random(KINDS.length)]!),
    pid: column(() => salt * 40 + random(120)),
    peer: column(() => (random(3) === 0 ? NONE : salt * 40 + random(120))),
    mfa: column(() => (random(2) === 0 ? NONE : random(60))),
    tag: column(() => (random(2) === 0 ? NONE : random(30))),
    offset: Uint32Array.from({ length: BATCH_EVENTS }, (_, i) => 6 + i * EVENT_BYTES + 60),
    length: new Uint32Array(BATCH_EVENTS).fill(EVENT_BYTES - 60 - 9),
    bytes: batchBytes(random),
  };
}

/** Events that look like `{trace_ts, Pid, send, {'$gen_call', …}, Pid, Ts}` on the wire. */
function batchBytes(random: (below: number) => number): Uint8Array {
  const bytes = Buffer.alloc(6 + BATCH_EVENTS * EVENT_BYTES + 1);
  bytes.set([131, 108, 0, 0, 2, 0]);
  for (let i = 0; i < BATCH_EVENTS; i++) {
    const at = 6 + i * EVENT_BYTES;
    bytes.write("h\x06w\x08trace_tsXw\x0fhello@127.0.0.1", at, "latin1");
    bytes.writeUInt32BE(random(5000), at + 40);
    bytes.write("w\x04sendh\x03w\x09$gen_callXw\x0fhello@127.0.0.1", at + 56, "latin1");
    bytes.writeUInt32BE(random(5000), at + 100);
    bytes.writeUInt32BE(random(2 ** 31), at + 112);
    bytes.write("w\x09increment", at + 124, "latin1");
    bytes.writeUInt32BE(random(2 ** 31), at + 136);
    bytes.writeUInt32BE(random(2 ** 31), at + 150);
  }
  bytes[bytes.length - 1] = 106;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
