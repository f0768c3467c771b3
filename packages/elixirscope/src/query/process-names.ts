import type { InitialCall, ProcessState, ProcessTable } from "../analysis/index.ts";
import { ElixirScopeError, glob, isNodeEntry, NONE, type ProcessEntry } from "../model/index.ts";
import type { ProcessRef } from "../protocol/index.ts";
import { atomText, type Lookup, mfaText } from "./lookup.ts";

/** How processes are called in answers, and how what people write finds them. */
export class ProcessNames {
  readonly #table: ProcessTable;
  readonly #lookup: Lookup;

  constructor(table: ProcessTable, lookup: Lookup) {
    this.#table = table;
    this.#lookup = lookup;
  }

  /** `null` for {@link NONE}. */
  ref(index: number): ProcessRef | null {
    if (index === NONE) return null;
    const entry = this.#lookup.process(index);
    // What was sent to a name on another node has the node as its receiver.
    if (entry && isNodeEntry(entry)) return { handle: `p-${index}`, pid: "", name: null, label: entry.node };
    const pid = this.#lookup.pidText(index);
    const state = this.#table.processes.get(index);
    const held = state ? nameOf(state) : NONE;
    const name = held === NONE ? null : atomText(this.#lookup.atomName(held));
    const label = name ?? this.#table.names.namesOf(index)[0]?.short ?? this.#label(state) ?? pid;
    return { handle: `p-${index}`, pid, name, label, ...this.#away(entry) };
  }

  /** The node of a process, where it is not the only one. */
  #away(entry: ProcessEntry | undefined): { readonly node?: string } {
    const [first, second] = this.#lookup.nodeNames();
    if (!entry || first === undefined || (second === undefined && entry.node === first)) return {};
    return { node: this.#lookup.nodeText(entry.node) };
  }

  initialCall(state: ProcessState): string {
    return state.initialCall ? callText(state.initialCall) : "";
  }

  #label(state: ProcessState | undefined): string | undefined {
    if (!state) return undefined;
    if (state.label !== undefined) return this.#lookup.inspect(state.label, 80).text;
    return this.initialCall(state) || undefined;
  }

  /**
   * The process that `text` means: a handle, a pid, a registered name, or a name in `:global`, a registry or a `:via`
   * module, such as `{:via, Registry, {MyReg, "zoe"}}` or `MyReg/zoe` (whoever holds it now, else held it last). With
   * several nodes in the recording `Hello.Counter@shop` says on which.
   * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_AMBIGUOUS_PROCESS`
   */
  resolve(text: string): number {
    const found = this.#candidates(text);
    const living = found.filter((index) => this.#table.processes.get(index)?.alive);
    this.#refuseSeveral(text, living.length > 0 ? living : found);
    return living.at(-1) ?? found.at(-1)!;
  }

  /**
   * All processes that `text` means in a question about events: with a registered name, everyone who ever held it, so
   * that the death of a restarted process is not lost to its successor; with `*` in it, everyone whose name or label looks so.
   * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_AMBIGUOUS_PROCESS`
   */
  resolveAll(text: string): readonly number[] {
    const like = text.includes("*") && this.#all(text).length === 0 ? this.#like(text) : [];
    if (like.length > 0) return like;
    const found = this.#candidates(text);
    if (PID.test(text)) this.#refuseSeveral(text, found);
    return found;
  }

  #candidates(text: string): readonly number[] {
    const found = this.#all(text);
    if (found.length > 0) return found;
    for (let at = text.indexOf("@", 1); at > 0; at = text.indexOf("@", at + 1)) {
      const nodes = this.#lookup.nodesNamed(text.slice(at + 1));
      const there = this.#all(text.slice(0, at)).filter((index) => nodes.includes(this.#node(index)));
      if (there.length > 0) return there;
    }
    throw new ElixirScopeError(
      "QUERY_NO_SUCH_PROCESS",
      `No process ${JSON.stringify(text)} in this recording. Give a handle (p-12), a pid (<0.123.0>), a registered name (Hello.Counter), a name in a registry (MyApp.Registry/room-7, global/leader) or one with * for any characters (Hello.*).`,
      { process: text },
    );
  }

  /** Whoever had it last is the last of them. */
  #all(text: string): readonly number[] {
    const handle = this.#byHandle(text);
    if (handle !== undefined) return [handle];
    const pid = PID.exec(text);
    if (pid) return this.#lookup.processesByNumbers(Number(pid[1]), Number(pid[2]));
    const named = this.#byName(text);
    return named.length > 0 ? named : this.#table.names.holders(text);
  }

  /** Whoever has, or had, a name or a label that looks like this. */
  #like(pattern: string): readonly number[] {
    const isLike = glob(pattern);
    return [...this.#table.processes.keys()].filter((index) => {
      const ref = this.ref(index);
      if (ref && (isLike(ref.label) || (ref.name !== null && isLike(ref.name)))) return true;
      return this.#table.names.namesOf(index).some(({ text, short }) => isLike(text) || isLike(short));
    });
  }

  #node(index: number): string {
    return this.#lookup.process(index)?.node ?? "";
  }

  #refuseSeveral(text: string, found: readonly number[]): void {
    const nodes = new Set(found.map((index) => this.#node(index)));
    if (nodes.size < 2) return;
    const choices = [...nodes].map((node) => `${text}@${node}`).join(" or ");
    throw new ElixirScopeError(
      "QUERY_AMBIGUOUS_PROCESS",
      `${text} is a process on each of ${nodes.size} nodes of this recording. Say which: ${choices}.`,
      { process: text, nodes: [...nodes] },
    );
  }

  #byHandle(text: string): number | undefined {
    const handle = /^p-(\d{1,9})$/.exec(text);
    return handle && this.#lookup.process(Number(handle[1])) ? Number(handle[1]) : undefined;
  }

  #byName(text: string): readonly number[] {
    const atom = this.#lookup.atom(registeredName(text));
    if (atom === NONE) return [];
    return [...this.#table.processes.values()]
      .filter((state) => nameOf(state) === atom)
      .toSorted((a, b) => Number((a.exitedAt ?? 0n) - (b.exitedAt ?? 0n)))
      .map(({ index }) => index);
  }
}

/** As Elixir and Erlang print one, or without the brackets. */
const PID = /^(?:#PID)?<?\d+\.(\d+)\.(\d+)>?$/;

/** `Hello.Counter` → `Elixir.Hello.Counter`; `:kernel_sup`, `kernel_sup` → `kernel_sup`. */
export const registeredName = (text: string): string =>
  /^[A-Z]/.test(text) && !text.startsWith("Elixir.")
    ? `Elixir.${text}`
    : text.replace(/^:/, "").replace(/^"(.*)"$/, "$1");

/** `$initial_call` as Elixir writes it; a supervisor says whose it is. */
function callText(call: InitialCall): string {
  if (call.module === "supervisor" && call.function.startsWith("Elixir."))
    return `${atomText(call.function)} (supervisor)`;
  return mfaText(call.module, call.function, call.arity);
}

/** The dead go by the name that they had. */
const nameOf = (state: ProcessState): number =>
  state.name === NONE && !state.alive ? state.formerName : state.name;
