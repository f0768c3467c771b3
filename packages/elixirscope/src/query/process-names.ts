import type { InitialCall, ProcessState, ProcessTable } from "../analysis/index.ts";
import { ElixirScopeError, isNodeEntry, NONE } from "../model/index.ts";
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
    return { handle: `p-${index}`, pid, name, label };
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
   * module, such as `{:via, Registry, {MyReg, "zoe"}}` or `MyReg/zoe` (whoever holds it now, else held it last).
   * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`
   */
  resolve(text: string): number {
    const index = this.#byHandle(text) ?? this.#byPid(text) ?? this.#byName(text) ?? this.#byOtherName(text);
    if (index !== undefined && index !== NONE) return index;
    throw new ElixirScopeError(
      "QUERY_NO_SUCH_PROCESS",
      `No process ${JSON.stringify(text)} in this recording. Give a handle (p-12), a pid (<0.123.0>), a registered name (Hello.Counter) or a name in a registry (MyApp.Registry/room-7, global/leader).`,
      { process: text },
    );
  }

  /**
   * All processes that `text` means in a question about events: with a registered name, everyone who ever held it, so
   * that the death of a restarted process is not lost to its successor.
   * @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`
   */
  resolveAll(text: string): readonly number[] {
    const newest = this.resolve(text);
    if (this.#byHandle(text) !== undefined || this.#byPid(text) !== undefined) return [newest];
    const holders = this.#table.names.holders(text);
    if (holders.length > 0) return holders;
    const atom = this.#lookup.atom(registeredName(text));
    return [...this.#table.processes.values()]
      .filter((state) => nameOf(state) === atom)
      .map((state) => state.index);
  }

  #byHandle(text: string): number | undefined {
    const handle = /^p-(\d{1,9})$/.exec(text);
    return handle && this.#lookup.process(Number(handle[1])) ? Number(handle[1]) : undefined;
  }

  #byPid(text: string): number | undefined {
    const pid = /^(?:#PID)?<?\d+\.(\d+)\.(\d+)>?$/.exec(text);
    return pid ? this.#lookup.processByNumbers(Number(pid[1]), Number(pid[2])) : undefined;
  }

  #byOtherName(text: string): number | undefined {
    const holders = this.#table.names.holders(text);
    return holders.findLast((index) => this.#table.processes.get(index)?.alive) ?? holders.at(-1);
  }

  #byName(text: string): number | undefined {
    const atom = this.#lookup.atom(registeredName(text));
    if (atom === NONE) return undefined;
    let dead: ProcessState | undefined;
    for (const state of this.#table.processes.values()) {
      if (nameOf(state) !== atom) continue;
      if (state.alive) return state.index;
      if (!dead || (state.exitedAt ?? 0n) > (dead.exitedAt ?? 0n)) dead = state;
    }
    return dead?.index;
  }
}

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
