/**
 * Random calls and random patterns on them, as Elixir source. A pattern is made of a value by forgetting parts of it, so
 * that it matches often; its condition is as well typed as most of ours are, and sometimes not at all.
 */
type Value =
  | { readonly type: "plain"; readonly source: string; readonly pattern: boolean }
  | { readonly type: "tuple" | "list"; readonly items: readonly Value[] }
  | {
      readonly type: "map";
      readonly struct: string;
      readonly entries: readonly (readonly [string, Value])[];
    };

const PATTERN_PLAINS = `0 1 2 3 -1 10 1_000 0x1F 123456789012345678901 -98765432109876543210 0.0 1.0 -1.5 2.0e10 nil true false :ok :"odd one" :_ :"$1" :"$_" "" "a" "é\\n\\"#" "abc" 'ab' ~c"x" [] {} %{} Shop.Item :lists ?a`;
const OTHER_PLAINS = "-0.0 <<1::3>> self() make_ref() hd(Port.list()) &String.length/1 <<255>>";
const plains = (sources: string, pattern: boolean): readonly Value[] =>
  (sources.match(/"(?:\\.|[^"])*"|:"[^"]*"|~c"[^"]*"|\S+/g) ?? []).map((source) => ({
    type: "plain",
    source,
    pattern,
  }));
const PLAINS: readonly Value[] = [...plains(PATTERN_PLAINS, true), ...plains(OTHER_PLAINS, false)];
const KEYS = [":a", ":b", ":qty", '"a"', "1", "1.5", ":_key"] as const;
const NUMBERS = ["0", "1", "2", "3", "10", "-1", "1.5", "0.0"] as const;
const NAMES = ["a", "b", "c"] as const;
const TYPES =
  "atom binary bitstring boolean exception float function integer list map nil number pid port reference struct tuple".split(
    " ",
  );

export class RandomPatterns {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A list of two arguments, and `(head) when guard` made from it. */
  call(): { readonly args: string; readonly pattern: string } {
    const values = [this.#value(3), this.#value(2)];
    const names = new Set<string>();
    const head = values.map((value) => this.#pattern(value, names)).join(", ");
    const guards = this.#chance(0.7)
      ? [this.#boolean([...names], 3), ...(this.#chance(0.1) ? [this.#boolean([...names], 2)] : [])]
      : [];
    return {
      args: `[${values.map(sourceOf).join(", ")}]`,
      pattern: `(${head})${guards.map((guard) => ` when ${guard}`).join("")}`,
    };
  }

  /** mulberry32: enough for tests, and the same numbers everywhere. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  #chance(part: number): boolean {
    return this.#random() < part;
  }

  /** In parentheses, or as the operators around it group it: Elixir reads the same text. */
  #perhaps(source: string): string {
    return this.#chance(0.5) ? `(${source})` : source;
  }

  #one<T>(options: readonly T[]): T {
    return options[Math.floor(this.#random() * options.length)]!;
  }

  #value(depth: number): Value {
    if (depth === 0 || this.#chance(0.4)) return this.#one(PLAINS);
    const items = Array.from({ length: Math.floor(this.#random() * 4) }, () => this.#value(depth - 1));
    const type = this.#one(["tuple", "list", "map", "struct"] as const);
    if (type === "tuple" || type === "list") return { type, items };
    if (type === "struct") {
      const [struct, field] = this.#one([
        ["Shop.Item", "qty"],
        ["RuntimeError", "message"],
      ] as const);
      return { type: "map", struct, entries: [[`:${field}`, this.#value(depth - 1)]] };
    }
    return { type: "map", struct: "", entries: items.map((item, i) => [KEYS[(i * 2) % KEYS.length]!, item]) };
  }

  #pattern(value: Value, names: Set<string>): string {
    if (this.#chance(0.35) || (value.type === "plain" && !value.pattern)) return this.#name(names);
    if (this.#chance(0.05)) return this.#pattern(this.#one(PLAINS), names);
    switch (value.type) {
      case "plain":
        return value.source;
      case "tuple":
        return `{${value.items.map((item) => this.#pattern(item, names)).join(", ")}}`;
      case "list":
        return this.#list(value.items, names);
      case "map":
        return this.#map(value, names);
    }
  }

  #name(names: Set<string>): string {
    if (this.#chance(0.2)) return "_";
    const name = this.#one(NAMES);
    names.add(name);
    return name;
  }

  #list(items: readonly Value[], names: Set<string>): string {
    const taken = this.#chance(0.5) ? Math.floor(this.#random() * items.length) : items.length;
    const whole = taken === items.length || taken === 0;
    const written = (whole ? items : items.slice(0, taken)).map((item) => this.#pattern(item, names));
    if (whole) return `[${written.join(", ")}]`;
    return `[${written.join(", ")} | ${this.#pattern({ type: "list", items: items.slice(taken) }, names)}]`;
  }

  #map({ struct, entries }: Extract<Value, { type: "map" }>, names: Set<string>): string {
    const kept = entries.filter(() => this.#chance(0.7));
    const written = kept.map(([key, item]) =>
      /^:[a-z]/.test(key) && this.#chance(0.5)
        ? ([`${key.slice(1)}: `, item] as const)
        : ([`${key} => `, item] as const),
    );
    // Keys in the short form come last.
    const sorted = written.toSorted(([a], [b]) => Number(a.endsWith(": ")) - Number(b.endsWith(": ")));
    const inside = `{${sorted.map(([key, item]) => key + this.#pattern(item, names)).join(", ")}}`;
    if (struct === "") return `%${inside}`;
    const name = this.#one([struct, struct, "", "_", "s"] as const);
    if (name === "s") names.add("s");
    return `%${name}${inside}`;
  }

  #boolean(names: readonly string[], depth: number): string {
    if (depth === 0 || names.length === 0) return this.#one(["true", "true", "false", ...names]);
    const inner = (): string => this.#boolean(names, depth - 1);
    const term = (): string => this.#term(names, depth - 1);
    switch (Math.floor(this.#random() * 12)) {
      case 0:
        return `${inner()} and ${inner()}`;
      case 1:
        return this.#perhaps(`${inner()} or ${inner()}`);
      case 2:
        return `not ${this.#perhaps(inner())}`;
      case 3:
      case 4:
        return `is_${this.#one(TYPES)}(${term()})`;
      case 5:
        return this.#one([
          `is_struct(${term()}, Shop.Item)`,
          `is_exception(${term()}, RuntimeError)`,
          `is_map_key(${term()}, :a)`,
        ]);
      case 6:
        return `${this.#one(names)} ${this.#one(["in", "not in"])} [${this.#one(["", term(), `${term()}, ${term()}, 1`])}]`;
      case 7:
        return this.#one([
          `${term()} in 0..3`,
          `not ${term()} in 1..10//3`,
          `${term()} in 10..-2//-2`,
          `${term()} in 3..1//1`,
        ]);
      default:
        return `${term()} ${this.#one(["==", "!=", "===", "!==", "<", ">", "<=", ">="])} ${term()}`;
    }
  }

  #term(names: readonly string[], depth: number): string {
    if (depth === 0 || this.#chance(0.3))
      return this.#chance(0.7) ? this.#one(names) : this.#one([...NUMBERS, ":ok", '"a"', "nil"]);
    const term = (): string => this.#term(names, depth - 1);
    switch (Math.floor(this.#random() * 9)) {
      case 0:
        return this.#perhaps(`${term()} ${this.#one(["+", "-", "*", "/"])} ${term()}`);
      case 1:
        return `${this.#one(["div", "rem"])}(${term()}, ${term()})`;
      case 2:
        return `${this.#one(["abs", "round", "trunc", "floor", "ceil", "-", "+"])}(${term()})`;
      case 3:
        return `${this.#one(["length", "hd", "tl"])}(${term()})`;
      case 4:
        return `${this.#one(["tuple_size", "map_size", "byte_size", "bit_size"])}(${term()})`;
      case 5:
        return `elem(${term()}, ${this.#one(["0", "1", this.#one(names)])})`;
      case 6:
        return `${this.#one(names)}.${this.#one(["a", "qty", "__struct__"])}`;
      case 7:
        return this.#one([
          `{${term()}, ${term()}}`,
          `[${term()}, 1]`,
          `%{a: ${term()}}`,
          `[${term()} | ${term()}]`,
          "{}",
          "[]",
        ]);
      default:
        return this.#one(["self()", `node(${term()})`, "node()", `binary_part(${term()}, 0, 1)`]);
    }
  }
}

function sourceOf(value: Value): string {
  switch (value.type) {
    case "plain":
      return value.source;
    case "tuple":
      return `{${value.items.map(sourceOf).join(", ")}}`;
    case "list":
      return `[${value.items.map(sourceOf).join(", ")}]`;
    case "map":
      return `%${value.struct}{${value.entries.map(([key, item]) => (value.struct === "" ? `${key} => ` : `${key.slice(1)}: `) + sourceOf(item)).join(", ")}}`;
  }
}
