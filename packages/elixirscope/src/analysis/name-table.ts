import { Atom, inspect, type Term, Tuple } from "@elixirscope/etf";

/** A name that processes are called by, beside their registered names. */
export interface ProcessName {
  /** As code writes it: `{:global, :leader}`, `{:via, Registry, {MyReg, "zoe"}}`. */
  readonly text: string;
  /** For people: `global/leader`, `MyReg/zoe`, `MyVia/{:room, 7}`. */
  readonly short: string;
}

/** What a `name` event said. */
export type NameChange =
  | { readonly type: "register" | "unregister"; readonly name: ProcessName }
  /** Of a registry, named by the event's tag: whether several may hold a key. */
  | { readonly type: "registry"; readonly unique: boolean };

/** Reads the payload of a `name` event; undefined for what names nobody. */
export function nameChangeOf(term: Term): NameChange | undefined {
  if (!(term instanceof Tuple) || term.elements.length !== 2) return undefined;
  const [what, subject] = term.elements;
  if (!(what instanceof Atom)) return undefined;
  if (what.name === "registry")
    return { type: "registry", unique: subject instanceof Atom && subject.name === "unique" };
  if (what.name !== "register" && what.name !== "unregister") return undefined;
  const name = subject === undefined ? undefined : nameOf(subject);
  return name ? { type: what.name, name } : undefined;
}

/** `{global, Name}` or `{via, Module, Name}`. */
function nameOf(term: Term): ProcessName | undefined {
  if (!(term instanceof Tuple)) return undefined;
  const text = inspect(term);
  const [kind, first, second] = term.elements;
  if (!(kind instanceof Atom) || first === undefined) return undefined;
  if (kind.name === "global") return { text, short: `global/${plain(first)}` };
  if (second === undefined) return undefined;
  const isRegistry = first instanceof Atom && first.name === "Elixir.Registry" && second instanceof Tuple;
  if (isRegistry && second.elements.length === 2)
    return { text, short: `${inspect(second.elements[0]!)}/${plain(second.elements[1]!)}` };
  return { text, short: `${inspect(first)}/${plain(second)}` };
}

/** Texts and atoms without what marks them as such: nobody types quotes inside quotes. */
function plain(term: Term): string {
  const text = inspect(term);
  return /^"[^"\\]*"$/.test(text) ? text.slice(1, -1) : text.replace(/^:(?=\w+$)/, "");
}

/**
 * Who is called what in `:global`, registries and `:via` modules. A process that asks a registry for a key that
 * somebody alive holds is refused: whether it was refused is in no event, but who holds what is known here.
 */
export class NameTable {
  /** Newest holder last. */
  readonly #holders = new Map<string, number[]>();
  readonly #names = new Map<number, ProcessName[]>();
  readonly #former = new Map<number, ProcessName[]>();
  /** Registries whose keys several may hold: subscriptions, not names. By atom index. */
  readonly #shared = new Set<number>();

  /** @returns whether anything changed */
  apply(process: number, registry: number, change: NameChange): boolean {
    if (change.type === "registry") {
      if (change.unique) this.#shared.delete(registry);
      else this.#shared.add(registry);
      return false;
    }
    if (this.#shared.has(registry)) return false;
    return change.type === "register"
      ? this.#register(process, change.name)
      : this.#unregister(process, change.name);
  }

  #register(process: number, name: ProcessName): boolean {
    const holders = this.#holders.get(name.text);
    if (holders?.some((holder) => this.#holds(holder, name.text))) return false;
    this.#names.set(process, [...this.namesOf(process), name]);
    const others = (holders ?? []).filter((holder) => holder !== process);
    const entry = [...others.slice(-MAX_HOLDERS), process];
    this.#holders.set(name.text, entry);
    this.#holders.set(name.short, entry);
    return true;
  }

  #unregister(process: number, { text }: ProcessName): boolean {
    const held = this.namesOf(process);
    const left = held.filter((name) => name.text !== text);
    if (left.length === held.length) return false;
    this.#names.set(process, left);
    return true;
  }

  #holds(process: number, text: string): boolean {
    return this.#names.get(process)?.some((name) => name.text === text) ?? false;
  }

  /** Its names are free; the dead are still called by them. */
  died(process: number): void {
    const names = this.#names.get(process);
    if (!names) return;
    this.#names.delete(process);
    this.#former.set(process, names);
  }

  /** Nothing more is known of it. */
  forget(process: number): void {
    for (const { text, short } of this.#former.get(process) ?? []) {
      const left = (this.#holders.get(text) ?? []).filter((holder) => holder !== process);
      for (const key of [text, short]) {
        if (left.length > 0) this.#holders.set(key, left);
        else this.#holders.delete(key);
      }
    }
    this.#former.delete(process);
  }

  /** Registries whose keys several may hold, by atom index. */
  sharedRegistries(): Iterable<number> {
    return this.#shared;
  }

  /** Names that it holds; of the dead, those that they held at last. */
  namesOf(process: number): readonly ProcessName[] {
    return this.#names.get(process) ?? this.#former.get(process) ?? [];
  }

  /** Everyone who ever held a name, written in either way, the newest last. */
  holders(text: string): readonly number[] {
    return this.#holders.get(text) ?? this.#holders.get(normal(text)) ?? [];
  }
}

/** Processes remembered for one name; the older are forgotten. */
const MAX_HOLDERS = 1_000;

/** `{:via,Registry,{A,"b"}}` as Elixir would print it: one space behind each comma outside of texts, none elsewhere. */
const normal = (text: string): string =>
  text.replace(/("(?:[^"\\]|\\.)*")|\s*,\s*|\s+/g, (found, quoted: string | undefined) =>
    quoted !== undefined ? quoted : found.includes(",") ? ", " : "",
  );
