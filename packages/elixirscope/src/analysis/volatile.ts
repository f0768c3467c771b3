import {
  Atom,
  ErlangMap,
  encode,
  Fun,
  ImproperList,
  inspect,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
} from "@elixirscope/etf";

/** A place in which two runs differ because they are two: a fresh reference or process, a function, a clock's reading. */
export interface Volatile {
  readonly path: string;
  readonly kind: "reference" | "process" | "port" | "function" | "clock";
}

/** When the second run was, in nanoseconds: by the node's system time and by its monotonic time. */
export interface RunTime {
  readonly system: readonly [bigint, bigint];
  readonly monotonic: readonly [bigint, bigint];
}

export interface Settled {
  /** The second term, with the first one's parts where it differs by what is volatile only. */
  readonly term: Term;
  readonly volatile: readonly Volatile[];
}

/**
 * Takes out of the second of two terms what would differ from run to run. What both runs were given (`given`: bytes of
 * references, pids and ports) is no such thing: another one in its place is a difference.
 */
export function settle(before: Term, after: Term, given: ReadonlySet<string>, time: RunTime): Settled {
  const settler = new Settler(given, time);
  const term = settler.settle(before, after, "");
  return { term, volatile: settler.volatile };
}

/** All references, pids and ports in a term, by their bytes. */
export function identifiersIn(term: Term, found: Set<string> = new Set()): Set<string> {
  if (isIdentifier(term)) found.add(bytesOf(term));
  else for (const part of partsOf(term)) identifiersIn(part, found);
  return found;
}

function partsOf(term: Term): readonly Term[] {
  if (term instanceof Tuple) return term.elements;
  if (term instanceof ErlangMap) return term.entries.flat();
  if (term instanceof ImproperList) return [...term.items, term.tail];
  return Array.isArray(term) ? (term as readonly Term[]) : [];
}

const isIdentifier = (term: Term): term is Pid | Reference | Port =>
  term instanceof Pid || term instanceof Reference || term instanceof Port;

const LATIN = new TextDecoder("latin1");
const bytesOf = (term: Term): string => LATIN.decode(encode(term));

class Settler {
  readonly volatile: Volatile[] = [];
  readonly #given: ReadonlySet<string>;
  readonly #time: RunTime;

  constructor(given: ReadonlySet<string>, time: RunTime) {
    this.#given = given;
    this.#time = time;
  }

  settle(before: Term, after: Term, path: string): Term {
    const kind = this.#kindOf(before, after);
    if (kind !== undefined) {
      this.volatile.push({ path, kind });
      return before;
    }
    if (before instanceof Tuple && after instanceof Tuple && sameLength(before.elements, after.elements))
      return new Tuple(this.#each(before.elements, after.elements, (i) => `${path}{${i}}`));
    if (before instanceof ErlangMap && after instanceof ErlangMap) return this.#map(before, after, path);
    if (before instanceof ImproperList && after instanceof ImproperList)
      return sameLength(before.items, after.items)
        ? new ImproperList(
            this.#each(before.items, after.items, (i) => `${path}[${i}]`),
            this.settle(before.tail, after.tail, path),
          )
        : after;
    if (Array.isArray(before) && Array.isArray(after) && sameLength(before as Term[], after as Term[]))
      return this.#each(before as Term[], after as Term[], (i) => `${path}[${i}]`);
    return after;
  }

  #each(before: readonly Term[], after: readonly Term[], path: (i: number) => string): readonly Term[] {
    return after.map((term, i) => this.settle(before[i]!, term, path(i)));
  }

  /** By key; keys that are fresh themselves (a monitor's reference) are paired in their order, where as many came as went. */
  #map(before: ErlangMap, after: ErlangMap, path: string): ErlangMap {
    const old = new Map(before.entries.map((entry) => [bytesOf(entry[0]), entry]));
    const fresh = after.entries.filter(([key]) => this.#isFresh(key) && !old.has(bytesOf(key)));
    const now = new Set(after.entries.map(([key]) => bytesOf(key)));
    const gone = before.entries.filter(([key]) => this.#isFresh(key) && !now.has(bytesOf(key)));
    const pairs = new Map(
      fresh.length === gone.length ? fresh.map(([key], i) => [bytesOf(key), gone[i]!]) : [],
    );
    return new ErlangMap(
      after.entries.map(([key, value]) => {
        const entry = old.get(bytesOf(key)) ?? pairs.get(bytesOf(key));
        const place = `${path}${keyText(key)}`;
        if (!entry) return [key, value];
        return [
          entry[0] === key ? key : this.settle(entry[0], key, place),
          this.settle(entry[1], value, place),
        ];
      }),
    );
  }

  #isFresh(term: Term): boolean {
    return isIdentifier(term) && !this.#given.has(bytesOf(term));
  }

  #kindOf(before: Term, after: Term): Volatile["kind"] | undefined {
    if (isIdentifier(before) && isIdentifier(after)) {
      const same = before.constructor === after.constructor && this.#isFresh(before) && this.#isFresh(after);
      if (!same || bytesOf(before) === bytesOf(after)) return undefined;
      if (after instanceof Reference) return "reference";
      return after instanceof Pid ? "process" : "port";
    }
    if (before instanceof Fun && after instanceof Fun)
      return before.module === after.module && bytesOf(before) !== bytesOf(after) ? "function" : undefined;
    return isClock(before, after, this.#time) ? "clock" : undefined;
  }
}

const sameLength = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length;

function keyText(key: Term): string {
  const text = inspect(key, { maxLength: 80 });
  return /^:[a-z_][a-zA-Z0-9_]*[?!]?$/.test(text) ? `.${text.slice(1)}` : `[${text}]`;
}

const UNITS = [1n, 1_000n, 1_000_000n, 1_000_000_000n] as const;

/** Both say a time, and the second one that of its run: a number in any unit, or a moment of Elixir's calendar in UTC. */
function isClock(before: Term, after: Term, { system, monotonic }: RunTime): boolean {
  if (isInteger(before) && isInteger(after))
    return (
      before !== after &&
      [system, monotonic].some((span) => UNITS.some((unit) => within(BigInt(after), span, unit)))
    );
  const [was, is] = [momentOf(before), momentOf(after)];
  if (was === undefined || is === undefined || was === is) return false;
  // It may have been cut to whole seconds.
  return within(is, [system[0] / 1_000_000n - 1_000n, system[1] / 1_000_000n], 1n);
}

const isInteger = (term: Term): term is number | bigint =>
  typeof term === "number" || typeof term === "bigint";

const within = (value: bigint, [from, to]: readonly [bigint, bigint], unit: bigint): boolean =>
  value >= from / unit - 1n && value <= to / unit + 1n && value !== 0n;

/** Milliseconds of a `DateTime` or `NaiveDateTime`, taken for UTC. */
function momentOf(term: Term): bigint | undefined {
  if (!(term instanceof ErlangMap)) return undefined;
  const struct = term.get("__struct__");
  if (!(struct instanceof Atom && /^Elixir\.(?:Naive)?DateTime$/.test(struct.name))) return undefined;
  const parts = ["year", "month", "day", "hour", "minute", "second"].map((name) => term.get(name));
  if (!parts.every((part) => typeof part === "number")) return undefined;
  const [year, month, day, hour, minute, second] = parts;
  const micro = term.get("microsecond");
  const us = micro instanceof Tuple && typeof micro.elements[0] === "number" ? micro.elements[0] : 0;
  return BigInt(Date.UTC(year!, month! - 1, day, hour, minute, second) + Math.floor(us / 1_000));
}
