import { Atom, inspect, inspectWithInfo, Pid, type Term } from "@elixirscope/etf";
import {
  type AtomEntry,
  type DictionaryDelta,
  ElixirScopeError,
  type FunctionEntry,
  type FunctionName,
  glob,
  isNodeEntry,
  NONE,
  type ProcessEntry,
} from "../model/index.ts";

/**
 * The dictionary of a recording, to be asked: which atom, process or function stands behind a number, and the other
 * way round. Fed by the deltas that come with batches, or once from a store.
 */
export class Lookup {
  readonly #atoms: AtomEntry[] = [];
  readonly #processes: ProcessEntry[] = [];
  readonly #functions: FunctionEntry[] = [];
  /** Functions as they are written, once they were asked for: sums ask for the same ones again and again. */
  readonly #texts: string[] = [];
  readonly #atomByName = new Map<string, number>();
  readonly #processByKey = new Map<string, number>();
  /** Names of the nodes under observation: their pids print with a leading 0, as they do at home. */
  readonly #localNodes = new Set<string>();
  readonly #nodeNames: string[] = [];

  add(delta: DictionaryDelta): void {
    for (const entry of delta.atoms) {
      this.#atoms[entry.index] = entry;
      this.#atomByName.set(entry.name, entry.index);
    }
    for (const entry of delta.processes) {
      this.#processes[entry.index] = entry;
      this.#processByKey.set(keyOf(entry), entry.index);
    }
    for (const entry of delta.functions) this.#functions[entry.index] = entry;
  }

  /** @param index the node's number in the recording */
  addNode(name: string, index: number = 0): void {
    this.#localNodes.add(name);
    this.#nodeNames[index] = name;
  }

  atomName(index: number): string {
    return this.#atoms[index]?.name ?? "";
  }

  /** Index of an atom, or {@link NONE}. */
  atom(name: string): number {
    return this.#atomByName.get(name) ?? NONE;
  }

  /** The atom of this name; none where the recording does not know it. */
  atomsNamed(name: string): readonly number[] {
    const atom = this.atom(name);
    return atom === NONE ? [] : [atom];
  }

  /** Atoms whose names, as they are or as Elixir writes them, look like this. */
  atomsLike(pattern: string): readonly number[] {
    const isLike = glob(pattern.replace(/^:/, ""));
    return this.#atoms
      .filter(({ name }) => isLike(name) || (name.startsWith("Elixir.") && isLike(name.slice(7))))
      .map(({ index }) => index);
  }

  /** Of a node under observation, by its number. */
  nodeName(index: number): string {
    return this.#nodeNames[index] ?? "";
  }

  /** Names of the nodes under observation, in the order in which they came. */
  nodeNames(): readonly string[] {
    return [...this.#localNodes];
  }

  /** The name of a node as short as it can be said among those of the recording: `shop` for `shop@127.0.0.1`. */
  nodeText(name: string): string {
    const short = name.slice(0, name.indexOf("@"));
    const meant = this.nodesNamed(short);
    return meant.length === 1 && meant[0] === name ? short : name;
  }

  /**
   * Numbers of the nodes that a question means: one for each life of a name.
   * @throws ElixirScopeError `QUERY_NO_SUCH_NODE`
   */
  nodesMeant(node: number | string): readonly number[] {
    const names = typeof node === "string" ? this.nodesNamed(node) : [];
    const meant = this.#nodeNames.flatMap((name, index) =>
      index === node || names.includes(name) ? [index] : [],
    );
    if (meant.length > 0) return meant;
    throw new ElixirScopeError("QUERY_NO_SUCH_NODE", noSuchNode(node, this.nodeNames()), { node });
  }

  /** `Mod.fun/arity` as Elixir writes it, or null for {@link NONE}. */
  mfa(index: number): string | null {
    const known = this.#texts[index];
    if (known !== undefined) return known;
    const entry = this.#functions[index];
    if (!entry) return null;
    const text = mfaText(entry.module, entry.function, entry.arity);
    this.#texts[index] = text;
    return text;
  }

  function(index: number): FunctionEntry | undefined {
    return this.#functions[index];
  }

  /** Indexes of all functions that are meant. */
  functionsMatching(isMeant: (name: FunctionName) => boolean): readonly number[] {
    return this.#functions.filter(isMeant).map(({ index }) => index);
  }

  /** How many functions there are: those that come get the numbers from here on. */
  get functionCount(): number {
    return this.#functions.length;
  }

  /** Modules of the functions from this number on, as atoms. */
  modulesSince(index: number): ReadonlySet<string> {
    return new Set(this.#functions.slice(index).flatMap((entry) => entry?.module ?? []));
  }

  knowsModule(module: string): boolean {
    return this.#functions.some((entry) => entry?.module === module);
  }

  /** Index of a pid, or {@link NONE}. */
  pid(pid: Pid): number {
    return this.#processByKey.get(keyOf(pid)) ?? NONE;
  }

  process(index: number): ProcessEntry | undefined {
    return this.#processes[index];
  }

  /** Nodes that something was sent to by name: they stand for the receivers, whose pids are not known. */
  nodeEntries(): readonly number[] {
    return this.#processes.filter(isNodeEntry).map(({ index }) => index);
  }

  /** `#PID<0.12.0>` as the process's own node prints it. */
  pidText(index: number): string {
    const entry = this.#processes[index];
    if (!entry) return "";
    const pid = new Pid(entry.node, entry.id, entry.serial, entry.creation);
    // At home each pid begins with 0; where the node itself is not observed, as any of those that are would print it.
    const home = this.#localNodes.has(entry.node) ? entry.node : this.#nodeNames[0];
    return inspectWithInfo(pid, { maxLength: 100, ...(home === undefined ? {} : { localNode: home }) }).text;
  }

  /** Of each observed node the newest process with these numbers. */
  processesByNumbers(id: number, serial: number): readonly number[] {
    const newest = new Map<string, number>();
    // Not all numbers have been told yet: `forEach` passes over the holes.
    this.#processes.forEach((entry) => {
      if (entry.id === id && entry.serial === serial && this.#localNodes.has(entry.node))
        newest.set(entry.node, entry.index);
    });
    return [...newest.values()];
  }

  /** Names of the nodes under observation that `text` means: `shop@127.0.0.1`, or `shop` for short. */
  nodesNamed(text: string): readonly string[] {
    return [...this.#localNodes].filter((name) => name === text || name.startsWith(`${text}@`));
  }

  /** A term as IEx on its node prints it, at most `maxLength` characters. */
  inspect(
    term: Term,
    maxLength: number,
    node: number = 0,
  ): { readonly text: string; readonly truncated: boolean } {
    const localNode = this.#nodeNames[node];
    return inspectWithInfo(term, { maxLength, ...(localNode === undefined ? {} : { localNode }) });
  }
}

const noSuchNode = (node: number | string, known: readonly string[]): string =>
  known.length === 0
    ? `No node ${JSON.stringify(node)} in this recording: none has been recorded yet.`
    : `No node ${JSON.stringify(node)} in this recording. It has ${known.join(", ")}.`;

const keyOf = (pid: { node: string; id: number; serial: number; creation: number }): string =>
  `${pid.id}.${pid.serial}.${pid.creation}.${pid.node}`;

/** An atom as Elixir writes it: `Hello.Counter`, `:kernel_sup`. */
export const atomText = (name: string): string => inspect(new Atom(name));

export function mfaText(module: string, name: string, arity: number): string {
  const written = atomText(name).replace(/^:/, "");
  // 255 stands for an argument list that was cut: its length is not known.
  return `${atomText(module)}.${written}/${arity === 255 ? "?" : arity}`;
}

/** Who called, from the tag of a call: `Elixir.Shop.Cart.add/2:17`, `lists.map/2`. */
export function callerOf(tag: string): { readonly mfa: string; readonly line: number | null } {
  const [, mfa = tag, line] = /^(.*\/\d+)(?::(\d+))?$/s.exec(tag) ?? [];
  const written = mfa.startsWith("Elixir.") ? mfa.slice("Elixir.".length) : `:${mfa}`;
  return { mfa: written, line: line === undefined ? null : Number(line) };
}

/** The same as one text: `Shop.Cart.add/2:17`. */
export function callerText(tag: string): string {
  const { mfa, line } = callerOf(tag);
  return line === null ? mfa : `${mfa}:${line}`;
}
