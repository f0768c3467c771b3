import { EVENT_KINDS, type EventBatch, NONE } from "elixirscope/model";
import type { Dictionary } from "elixirscope/tracer";
import {
  HOT,
  MARKS,
  NODE,
  type Random,
  REQUEST,
  randomSource,
  type SceneEvent,
  Scenes,
} from "./store-scenes.ts";

const BATCH_EVENTS = 512;
const TEMPLATES = 64;
/** That live all the time; those that serve requests come on top, five hundred in a million events. */
export const PROCESSES = 2_000;
/** Scenes that go on at the same time, each with processes of its own. */
const LANES = 4;
const REQUEST_EVERY = 4;

/** A batch that is used again and again: who takes part, references and serials are written anew each time. */
interface Template {
  readonly batch: EventBatch;
  /** By row, the place of the process among the roles; 0 for none. */
  readonly pid: Uint8Array;
  readonly peer: Uint8Array;
  readonly patches: readonly Patch[];
  readonly hasRequest: boolean;
}

interface Patch {
  readonly at: number;
  readonly what: "pid" | "number";
  readonly value: number;
}

/**
 * Gives batches as a busy Phoenix node makes them: a million events a second of calls, casts, callbacks, states, traced
 * functions, requests with their flows, and samples, of thousands of processes of which a few are very busy.
 */
export function scaleSource(names: Dictionary, origin: bigint): () => EventBatch {
  const random = randomSource(7);
  const scenes = new Scenes(names, random);
  const atom = names.atoms.internName(NODE);
  const processes = new Int32Array(256).fill(NONE);
  const born = (index: number): number => names.processes.intern(atom, 100 + index, 0, 1);
  for (let index = 0; index < PROCESSES; index++) born(index);
  const templates = Array.from({ length: TEMPLATES }, (_, i) => loopTemplate(scenes, random, i));
  const births = birthTemplates(scenes);
  let [batch, firstId, requests] = [0, 1, 0];
  return () => {
    const template = births[batch] ?? templates[batch % TEMPLATES]!;
    if (births[batch]) for (let role = 0; role < 250; role++) processes[role + 1] = role + batch * BORN_EACH;
    else for (let role = 0; role < 250; role++) processes[role + 1] = processOf(role, batch);
    if (template.hasRequest) processes[REQUEST] = born(PROCESSES + requests++);
    patch(template, processes, batch);
    const { count } = template.batch;
    const made = { ...template.batch, batch, firstId, ts: times(origin, firstId, count) };
    batch++;
    firstId += count;
    return made;
  };
}

const processOf = (role: number, batch: number): number =>
  role < HOT ? role : HOT + ((role * 61 + batch * 17) % (PROCESSES - HOT));

/** A microsecond from event to event, give or take one, as the clocks of schedulers are read. */
function times(origin: bigint, firstId: number, count: number): BigInt64Array {
  const ts = new BigInt64Array(count);
  const words = new Uint32Array(ts.buffer);
  const from = origin + BigInt(firstId) * 1_000n;
  const [low, high] = [Number(from & 0xffff_ffffn), Number(from >> 32n)];
  for (let i = 0; i < count; i++) {
    const at = low + i * 1_000 + (Math.imul(firstId + i, 0x9e37_79b1) >>> 21);
    words[2 * i] = at;
    words[2 * i + 1] = high + Math.floor(at / 0x1_0000_0000);
  }
  return ts;
}

/** Writes who takes part, and the numbers that no two messages share, into the columns and terms. */
function patch({ batch, pid, peer, patches }: Template, processes: Int32Array, number: number): void {
  for (let i = 0; i < batch.count; i++) {
    batch.pid[i] = processes[pid[i]!]!;
    batch.peer[i] = processes[peer[i]!]!;
  }
  const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
  for (const { at, what, value } of patches)
    view.setUint32(at, what === "pid" ? 100 + processes[value]! : (number * 256 + value) >>> 0);
}

/** Processes that begin in one of the first batches. */
const BORN_EACH = 100;

function birthTemplates(scenes: Scenes): readonly Template[] {
  return Array.from({ length: PROCESSES / BORN_EACH }, (_, i) => {
    const roles = [...Array(BORN_EACH).keys()];
    const settings = i === 0 ? [scenes.settings()] : [];
    return templateOf(
      [...settings, ...roles.flatMap((role) => scenes.born(role, i * BORN_EACH + role))],
      false,
    );
  });
}

function loopTemplate(scenes: Scenes, random: Random, number: number): Template {
  scenes.start();
  const hasRequest = number % REQUEST_EVERY === 0;
  const lanes = Array.from({ length: LANES }, (_, lane): SceneEvent[] => [
    ...(hasRequest && lane === 0
      ? scenes.request(0, 4, { broadcast: number % 8 === 0, crash: number === 0 })
      : []),
    ...(lane === 1 ? scenes.sample(20 + random(200)) : []),
  ]);
  const events: SceneEvent[] = [];
  while (events.length < BATCH_EVENTS) {
    const lane = random(LANES);
    const next = lanes[lane]!.shift();
    if (next) events.push(next);
    // What does not fit any more is left out, so that the batch ends with whole scenes.
    else if (events.length + lanes.flat().length < BATCH_EVENTS - 24)
      lanes[lane]!.push(...sceneOf(scenes, random, lane));
    else if (lanes.every((left) => left.length === 0)) events.push(...scenes.sample(20 + random(200)));
  }
  return templateOf(events, hasRequest);
}

/** A third of them at the busy servers. */
function sceneOf(scenes: Scenes, random: Random, lane: number): readonly SceneEvent[] {
  const someone = (): number => HOT + random(58) * LANES + lane;
  const server = random(3) === 0 ? random(HOT / LANES) * LANES + lane : someone();
  let client = someone();
  while (client === server) client = someone();
  const kind = random(10);
  if (kind < 5) return scenes.call(client, server);
  if (kind < 9) return scenes.casts([client, ...(server < HOT ? [someone(), someone()] : [])], server);
  return scenes.functions(client, 3);
}

function templateOf(events: readonly SceneEvent[], hasRequest: boolean): Template {
  const place = (role: number): number => (role === NONE ? 0 : role === REQUEST ? REQUEST : role + 1);
  const length = Uint32Array.from(events, ({ payload }) => payload.length);
  const offset = new Uint32Array(events.length);
  for (let i = 1; i < events.length; i++) offset[i] = offset[i - 1]! + length[i - 1]!;
  const bytes = new Uint8Array(Buffer.concat(events.map(({ payload }) => payload)));
  const column = (of: (event: SceneEvent) => number): Int32Array => Int32Array.from(events, of);
  return {
    batch: {
      node: 0,
      batch: 0,
      firstId: 1,
      count: events.length,
      ts: new BigInt64Array(0),
      kind: Uint8Array.from(events, ({ kind }) => EVENT_KINDS[kind]),
      pid: new Int32Array(events.length),
      peer: new Int32Array(events.length),
      mfa: column(({ mfa }) => mfa),
      tag: column(({ tag }) => tag),
      offset,
      length,
      bytes,
    },
    pid: Uint8Array.from(events, ({ pid }) => place(pid)),
    peer: Uint8Array.from(events, ({ peer }) => place(peer)),
    patches: patchesOf(bytes, place),
    hasRequest,
  };
}

/** Where the marks stand. */
function patchesOf(bytes: Uint8Array, place: (role: number) => number): readonly Patch[] {
  const view = new DataView(bytes.buffer);
  const found: Patch[] = [];
  for (let at = 0; at + 4 <= bytes.length; at++) {
    const word = view.getUint32(at);
    const value = word & 0xffff;
    if (word - value === MARKS.pid) found.push({ at, what: "pid", value: place(value) });
    else if (word - value === MARKS.reference || word - value === MARKS.serial)
      found.push({ at, what: "number", value });
  }
  return found;
}
