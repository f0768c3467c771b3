import { EVENT_KINDS, type EventBatch, type EventKind, NONE } from "../model/index.ts";

/** Kinds of which the newest event of each process is known, and the role of the process in it. */
export const NEWEST: readonly { readonly kind: NewestKind; readonly role: "pid" | "peer" }[] = [
  { kind: "state", role: "pid" },
  { kind: "dispatch", role: "pid" },
  { kind: "receive", role: "pid" },
  { kind: "send", role: "peer" },
];

export type NewestKind = Extract<EventKind, "state" | "dispatch" | "receive" | "send">;

/** By number of a kind: its place in {@link NEWEST}, else -1. Asked for each event. */
const PLACE = new Int8Array(256).fill(-1);
NEWEST.forEach(({ kind }, place) => {
  PLACE[EVENT_KINDS[kind]] = place;
});
const SEND = NEWEST.findIndex(({ kind }) => kind === "send");
const COLUMNS = NEWEST.length;

/** By process the id of its newest event of some kinds: 0 where there is none. */
export class NewestEvents {
  /** {@link COLUMNS} numbers a process. */
  #ids: Float64Array = new Float64Array(COLUMNS * 1_024);

  batch({ count, kind, pid, peer, firstId }: EventBatch): void {
    for (let i = 0; i < count; i++) {
      const place = PLACE[kind[i]!]!;
      if (place < 0) continue;
      const process = place === SEND ? peer[i]! : pid[i]!;
      if (process !== NONE) this.#set(process, place, firstId + i);
    }
  }

  /** Takes what is newer than what is known. */
  add(kind: NewestKind, newest: ReadonlyMap<number, number>): void {
    const place = NEWEST.findIndex((one) => one.kind === kind);
    for (const [process, id] of newest) this.#set(process, place, id);
  }

  of(process: number, kind: NewestKind): number {
    const place = PLACE[EVENT_KINDS[kind]]!;
    return this.#ids[process * COLUMNS + place] ?? 0;
  }

  /** Those of some processes, as bytes: the number of the process and its ids, as little-endian doubles. */
  dump(processes: Iterable<number>): Uint8Array {
    const rows: number[] = [];
    for (const process of processes) {
      const ids = this.#ids.subarray(process * COLUMNS, (process + 1) * COLUMNS);
      if (ids.some((id) => id > 0)) rows.push(process, ...ids);
    }
    const bytes = new Uint8Array(rows.length * 8);
    const view = new DataView(bytes.buffer);
    rows.forEach((value, i) => {
      view.setFloat64(i * 8, value, true);
    });
    return bytes;
  }

  static load(bytes: Uint8Array): NewestEvents {
    const loaded = new NewestEvents();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const width = COLUMNS + 1;
    for (let row = 0; (row + 1) * width * 8 <= bytes.byteLength; row++) {
      const at = (column: number): number => view.getFloat64((row * width + column) * 8, true);
      for (let place = 0; place < COLUMNS; place++) loaded.#set(at(0), place, at(place + 1));
    }
    return loaded;
  }

  #set(process: number, place: number, id: number): void {
    const at = process * COLUMNS + place;
    if (at >= this.#ids.length) {
      const larger = new Float64Array(Math.max(this.#ids.length * 2, (process + 1) * COLUMNS));
      larger.set(this.#ids);
      this.#ids = larger;
    }
    if (id > this.#ids[at]!) this.#ids[at] = id;
  }
}
