import { Atom, decodeTerm, ErlangMap, inspect, isTagged, Pid, type Term } from "@elixirscope/etf";
import { ElixirScopeError, NONE } from "../model/index.ts";
import type { ApplicationRow, Inventory, PortRow, ProcessRef, TableRow } from "../protocol/index.ts";
import type { MessageSources } from "./message-query.ts";

/**
 * The newest inventory of a recording: what the agent listed, with the processes of each application added from what
 * is known of them here.
 * @throws ElixirScopeError `QUERY_NO_INVENTORY`
 */
export async function newestInventory(
  sources: MessageSources,
  t: (ts: bigint) => number,
): Promise<Inventory> {
  const { store, lookup } = sources;
  const [event] = await store.events({
    kinds: ["session"],
    tags: [lookup.atom("inventory")],
    order: "newest_first",
    limit: 1,
  });
  const term = event && decodeTerm(event.payload, 0).term;
  const map = term && isTagged(term, "inventory", 2) ? term.elements[1] : undefined;
  if (!event || !(map instanceof ErlangMap)) {
    throw new ElixirScopeError(
      "QUERY_NO_INVENTORY",
      "This recording has no inventory of tables, ports and applications: it was made by an older version, or ended before the first snapshot.",
    );
  }
  const read = new Reader(sources);
  return {
    t: t(event.ts),
    tables: read.maps(map, "tables").map((table) => read.table(table)),
    tablesTotal: number(map.get("tables_total")),
    tablesMemory: number(map.get("tables_memory")),
    ports: read.maps(map, "ports").map((port) => read.port(port)),
    portsTotal: number(map.get("ports_total")),
    applications: read.applications(read.maps(map, "applications")),
    memory: memoryOf(map.get("memory")),
    limits: {
      processes: [number(map.get("processes")), number(map.get("process_limit"))],
      ports: [number(map.get("ports_total")), number(map.get("port_limit"))],
      atoms: [number(map.get("atoms")), number(map.get("atom_limit"))],
    },
  };
}

class Reader {
  readonly #sources: MessageSources;

  constructor(sources: MessageSources) {
    this.#sources = sources;
  }

  maps(map: ErlangMap, key: string): readonly ErlangMap[] {
    const list = map.get(key);
    return Array.isArray(list) ? list.filter((item): item is ErlangMap => item instanceof ErlangMap) : [];
  }

  #process(term: Term | undefined): ProcessRef | null {
    const index = term instanceof Pid ? this.#sources.lookup.pid(term) : NONE;
    if (index !== NONE) return this.#sources.names.ref(index);
    if (!(term instanceof Pid)) return null;
    const pid = this.#sources.lookup.inspect(term, 100).text;
    return { handle: pid, pid, label: pid, name: null };
  }

  table(map: ErlangMap): TableRow {
    return {
      name: text(map.get("name")),
      named: text(map.get("named")) === "true",
      owner: this.#process(map.get("owner")),
      size: number(map.get("size")),
      memory: number(map.get("memory")),
      type: word(map.get("type")),
      protection: word(map.get("protection")),
    };
  }

  port(map: ErlangMap): PortRow {
    const os = map.get("os_pid");
    return {
      port: text(map.get("port")),
      name: text(map.get("name")),
      owner: this.#process(map.get("owner")),
      input: number(map.get("input")),
      output: number(map.get("output")),
      osPid: typeof os === "number" ? os : null,
    };
  }

  /** Those with most memory first; the ones that only lend their code last. */
  applications(maps: readonly ErlangMap[]): readonly ApplicationRow[] {
    const sums = new Map<string, { processes: number; memory: number }>();
    for (const { alive, application, sample } of this.#sources.table.processes.values()) {
      if (!alive || application === "") continue;
      const sum = sums.get(application) ?? { processes: 0, memory: 0 };
      sums.set(application, {
        processes: sum.processes + 1,
        memory: sum.memory + (sample?.memory ?? 0),
      });
    }
    return maps
      .map((map) => {
        const name = map.get("name");
        const sum = (name instanceof Atom && sums.get(name.name)) || { processes: 0, memory: 0 };
        return {
          name: text(name),
          version: text(map.get("version")),
          description: text(map.get("description")),
          top: this.#process(map.get("top")),
          ...sum,
        };
      })
      .sort((a, b) => b.memory - a.memory || a.name.localeCompare(b.name));
  }
}

const number = (term: Term | undefined): number =>
  typeof term === "bigint" ? Number(term) : typeof term === "number" ? term : 0;

const word = (term: Term | undefined): string => (term instanceof Atom ? term.name : "");

/** A binary as it is, anything else as Elixir prints it. */
function text(term: Term | undefined): string {
  if (term === undefined) return "";
  return term instanceof Uint8Array ? new TextDecoder().decode(term) : inspect(term);
}

const memoryOf = (term: Term | undefined): Readonly<Record<string, number>> =>
  term instanceof ErlangMap
    ? Object.fromEntries(term.entries.map(([key, value]) => [word(key), number(value)]))
    : {};
