import { Atom, decodeTerm, Tuple } from "@elixirscope/etf";
import type { ProcessState, ProcessTable } from "../analysis/index.ts";
import { isNodeEntry, NONE } from "../model/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { Lookup } from "./lookup.ts";

/**
 * What was sent to `{Name, Node}` has that node as its receiver. Where the node is recorded too, it is known who held the
 * name there.
 */
export class NamesAway {
  readonly #table: ProcessTable;
  readonly #lookup: Lookup;
  /** By node and name: whoever held it. */
  #holders: ReadonlyMap<string, readonly ProcessState[]> | undefined;

  constructor({ table, lookup }: { readonly table: ProcessTable; readonly lookup: Lookup }) {
    this.#table = table;
    this.#lookup = lookup;
  }

  /** With the process in the node's place; as it is, where that is nobody who is known. */
  resolved(event: StoredEvent): StoredEvent {
    const node = event.kind === "send" ? this.#nodeOf(event.peer) : undefined;
    if (node === undefined) return event;
    const peer = this.#holder(node, event.tag, event.ts);
    return peer === undefined ? event : { ...event, peer, tag: this.#shape(event.payload) };
  }

  /** Sends to this process by a name: to which nodes, by which names. */
  namesOf(process: number): { readonly peers: readonly number[]; readonly tags: readonly number[] } {
    const state = this.#table.processes.get(process);
    const node = this.#lookup.process(process)?.node;
    const tags = [state?.name ?? NONE, state?.formerName ?? NONE].filter((name) => name !== NONE);
    const peers = this.#lookup.nodeEntries().filter((index) => this.#lookup.process(index)?.node === node);
    return { peers, tags: [...new Set(tags)] };
  }

  #nodeOf(process: number): string | undefined {
    const entry = this.#lookup.process(process);
    return entry && isNodeEntry(entry) ? entry.node : undefined;
  }

  /** Who held the name then; a clock's error does not matter where there is only one. */
  #holder(node: string, name: number, ts: bigint): number | undefined {
    this.#holders ??= holdersOf(this.#table, this.#lookup);
    const all = this.#holders.get(`${node} ${name}`) ?? [];
    const [only, other] = all;
    if (!other) return only?.index;
    const then = all.filter(
      ({ spawnedAt, exitedAt }) =>
        (spawnedAt === undefined || spawnedAt <= ts) && (exitedAt === undefined || exitedAt >= ts),
    );
    return then.length === 1 ? then[0]!.index : undefined;
  }

  /** The tag that such a message has where it is received. */
  #shape(payload: Uint8Array): number {
    const { term } = decodeTerm(payload, 0);
    const first = term instanceof Tuple ? term.elements[0] : term;
    return first instanceof Atom ? this.#lookup.atom(first.name) : NONE;
  }
}

function holdersOf(table: ProcessTable, lookup: Lookup): ReadonlyMap<string, readonly ProcessState[]> {
  const found = new Map<string, ProcessState[]>();
  for (const state of table.processes.values()) {
    const name = state.name === NONE ? state.formerName : state.name;
    if (name === NONE) continue;
    const key = `${lookup.process(state.index)?.node} ${name}`;
    const list = found.get(key);
    if (list) list.push(state);
    else found.set(key, [state]);
  }
  return found;
}
