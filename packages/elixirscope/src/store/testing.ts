import {
  type DictionaryDelta,
  EVENT_KINDS,
  type EventBatch,
  type EventKind,
  NONE,
  type ProcessEntry,
} from "../model/index.ts";

/** An event as a test writes it; what is left out is "none". */
export interface EventSpec {
  readonly kind: EventKind;
  /** The node's monotonic nanoseconds; left out: the id times a thousand. */
  readonly ts?: bigint | number;
  readonly pid?: number;
  readonly peer?: number;
  readonly mfa?: number;
  readonly tag?: number;
  /** A term without its version byte. */
  readonly payload?: Uint8Array;
}

export interface BatchSpec {
  readonly node?: number;
  readonly batch?: number;
  readonly firstId?: number;
}

/** A batch made by hand. Columns have spare room with rubbish in it, as those of the tracer may. */
export function batchOf(events: readonly EventSpec[], place: BatchSpec = {}): EventBatch {
  const count = events.length;
  const room = count + 3;
  const firstId = place.firstId ?? 1;
  const column = (of: (event: EventSpec) => number | undefined): Int32Array =>
    new Int32Array(room).fill(77).map((rubbish, i) => {
      const event = events[i];
      return event ? (of(event) ?? NONE) : rubbish;
    });
  const payloads = packPayloads(events, room);
  return {
    node: place.node ?? 0,
    batch: place.batch ?? 0,
    count,
    firstId,
    ts: new BigInt64Array(room).fill(77n).map((rubbish, i) => {
      const event = events[i];
      return event ? BigInt(event.ts ?? (firstId + i) * 1000) : rubbish;
    }),
    kind: new Uint8Array(room).fill(77).map((rubbish, i) => {
      const event = events[i];
      return event ? EVENT_KINDS[event.kind] : rubbish;
    }),
    pid: column((event) => event.pid),
    peer: column((event) => event.peer),
    mfa: column((event) => event.mfa),
    tag: column((event) => event.tag),
    ...payloads,
  };
}

/** Payloads behind a head of six bytes, as in an agent's batch (version byte, list tag, length). */
function packPayloads(
  events: readonly EventSpec[],
  room: number,
): Pick<EventBatch, "offset" | "length" | "bytes"> {
  const offset = new Uint32Array(room);
  const length = new Uint32Array(room);
  let end = 6;
  events.forEach(({ payload }, i) => {
    if (!payload || payload.length === 0) return;
    offset[i] = end;
    length[i] = payload.length;
    end += payload.length;
  });
  const bytes = new Uint8Array(end);
  bytes.set([131, 108, 0, 0, 0, events.length & 0xff]);
  events.forEach(({ payload }, i) => {
    if (payload && payload.length > 0) bytes.set(payload, offset[i]);
  });
  return { offset, length, bytes };
}

/** A dictionary delta; what is left out is empty. */
export function deltaOf(parts: Partial<DictionaryDelta> = {}): DictionaryDelta {
  return { processes: [], functions: [], atoms: [], ...parts };
}

/** A process of a node, as `<0.id.0>` stands for it there. */
export function processOf(index: number, id: number = index, node: string = "a@127.0.0.1"): ProcessEntry {
  return { index, node, id, serial: 0, creation: 1 };
}

/** Gives out batches whose ids and numbers follow each other, as a tracer does. */
export function batchSequence(
  start: { firstId?: number; batch?: number } = {},
): (events: readonly EventSpec[], node?: number) => EventBatch {
  let firstId = start.firstId ?? 1;
  let batch = start.batch ?? 0;
  return (events, node = 0) => {
    const made = batchOf(events, { node, batch, firstId });
    firstId += events.length;
    batch += 1;
    return made;
  };
}
