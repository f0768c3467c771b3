import { type DictionaryDelta, EVENT_KINDS, type EventBatch, NONE } from "elixirscope/model";

const BATCH_EVENTS = 512;
const TEMPLATES = 64;
const PROCESSES = 2_000;
const FUNCTIONS = 60;
const ATOMS = 30;
/** Bytes of `{count, N, <<16 bytes>>}`. */
const TERM_BYTES = 35;
const TERM_HEAD = Buffer.from("h\x03w\x05countb\0\0\0\0m\0\0\0\x10", "latin1");
const { send, receive, call, return: returned, state, dispatch, sample } = EVENT_KINDS;
const KINDS = [send, receive, send, receive, send, receive, call, returned, dispatch, state];

function randomSource(seed: number): (below: number) => number {
  let at = seed;
  return (below) => {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((at / 0x1_0000_0000) * below);
  };
}

/** The names of everything that {@link scaleSource} uses; they go with its first batch. */
export const scaleNames = (): DictionaryDelta => ({
  processes: Array.from({ length: PROCESSES }, (_, index) => ({
    index,
    node: "load@127.0.0.1",
    id: 100 + index,
    serial: 0,
    creation: 1,
  })),
  functions: Array.from({ length: FUNCTIONS }, (_, index) => ({
    index,
    module: `Elixir.Load.M${index % 6}`,
    function: `f${index}`,
    arity: 2,
  })),
  atoms: Array.from({ length: ATOMS }, (_, index) => ({
    index,
    name: index === 0 ? "$gen_call" : `a${index}`,
  })),
});

/** Batches of messages, callbacks, states and calls, a microsecond from event to event, with one sample a batch. */
export function scaleSource(origin: bigint): () => EventBatch {
  const random = randomSource(7);
  const templates = Array.from({ length: TEMPLATES }, (_, i) => template(i, random));
  let batch = 0;
  return () => {
    const from = origin + BigInt(batch * BATCH_EVENTS) * 1_000n;
    const ts = BigInt64Array.from({ length: BATCH_EVENTS }, (_, i) => from + BigInt(i * 1_000));
    const born = batch * BATCH_EVENTS < PROCESSES ? births(batch * BATCH_EVENTS) : {};
    const made = { ...templates[batch % TEMPLATES]!, ...born, batch, firstId: batch * BATCH_EVENTS + 1, ts };
    batch++;
    return made;
  };
}

/** Every process begins, in the first batches. */
const births = (first: number): Pick<EventBatch, "kind" | "pid" | "length"> => ({
  kind: new Uint8Array(BATCH_EVENTS).fill(EVENT_KINDS.spawned),
  pid: Int32Array.from({ length: BATCH_EVENTS }, (_, i) => (first + i) % PROCESSES),
  length: new Uint32Array(BATCH_EVENTS),
});

function template(salt: number, random: (below: number) => number): EventBatch {
  const column = (of: (i: number) => number): Int32Array =>
    Int32Array.from({ length: BATCH_EVENTS }, (_, i) => of(i));
  const kind = Uint8Array.from({ length: BATCH_EVENTS }, (_, i) =>
    i === 0 ? sample : KINDS[random(KINDS.length)]!,
  );
  const someone = (): number => (salt * 31 + random(120)) % PROCESSES;
  return {
    node: 0,
    batch: 0,
    firstId: 1,
    count: BATCH_EVENTS,
    ts: new BigInt64Array(0),
    kind,
    pid: column(someone),
    peer: column((i) => (kind[i] === call || kind[i] === sample ? NONE : someone())),
    mfa: column((i) => (kind[i] === send || kind[i] === receive ? NONE : random(FUNCTIONS))),
    tag: column(() => random(ATOMS)),
    offset: Uint32Array.from({ length: BATCH_EVENTS }, (_, i) => i * TERM_BYTES),
    length: new Uint32Array(BATCH_EVENTS).fill(TERM_BYTES),
    bytes: terms(random),
  };
}

function terms(random: (below: number) => number): Uint8Array {
  const bytes = new Uint8Array(BATCH_EVENTS * TERM_BYTES);
  for (let i = 0; i < BATCH_EVENTS; i++) {
    const at = i * TERM_BYTES;
    bytes.set(TERM_HEAD, at);
    for (let b = 10; b < 14; b++) bytes[at + b] = b === 10 ? 0 : random(256);
    for (let b = 19; b < TERM_BYTES; b++) bytes[at + b] = random(256);
  }
  return bytes;
}
