/** A piece of Elixir source that knows how to be laid out. */
export type Expression = Scalar | Sequence | Mapping | Hole;

export interface Scalar {
  readonly type: "scalar";
  readonly text: string;
  /** The same in a pattern; null: it cannot stand there. */
  readonly pattern: string | null;
}

/** A list or a tuple, or a call with one list (`MapSet.new([…])`, which cannot stand in a pattern). */
export interface Sequence {
  readonly type: "sequence";
  readonly open: string;
  readonly close: string;
  readonly items: readonly Expression[];
  /** Of an improper list. */
  readonly tail?: Expression | undefined;
}

/** A map, a struct or a keyword list. */
export interface Mapping {
  readonly type: "mapping";
  readonly open: string;
  readonly close: string;
  readonly pairs: readonly Pair[];
}

export interface Pair {
  /** `count:`, or what stands in front of `=>`. */
  readonly key: string | Expression;
  readonly value: Expression;
}

/** What the test cannot know beforehand: it is bound, and looked at as far as that goes. */
export interface Hole {
  readonly type: "hole";
  readonly name: string;
  /** Assertions about the variable. */
  readonly checks: readonly string[];
}

export const scalar = (text: string, pattern: string | null = text): Scalar => ({
  type: "scalar",
  text,
  pattern,
});

/** As wide as `mix format` makes lines. */
export const WIDTH = 98;

/** On one line. `as`: in a pattern holes are variables and what is bound already is pinned. */
export function flat(expression: Expression, as: "value" | "pattern" = "value"): string {
  if (expression.type === "hole") return expression.name;
  if (expression.type === "scalar") return as === "pattern" ? (expression.pattern ?? "_") : expression.text;
  const parts =
    expression.type === "mapping"
      ? expression.pairs.map((pair) => `${keyText(pair.key, as)} ${flat(pair.value, as)}`)
      : expression.items.map((item) => flat(item, as));
  const tail = expression.type === "sequence" && expression.tail ? ` | ${flat(expression.tail, as)}` : "";
  return `${expression.open}${parts.join(", ")}${tail}${expression.close}`;
}

const keyText = (key: Pair["key"], as: "value" | "pattern"): string =>
  typeof key === "string" ? key : `${flat(key, as)} =>`;

/** Can it stand in a pattern as it is? */
export function isPattern(expression: Expression): boolean {
  if (expression.type === "hole") return true;
  if (expression.type === "scalar") return expression.pattern !== null;
  if (expression.type === "mapping")
    return expression.pairs.every(
      ({ key, value }) => (typeof key === "string" || isPattern(key)) && isPattern(value),
    );
  return (
    !expression.open.includes("(") &&
    [...expression.items, expression.tail].every((item) => item === undefined || isPattern(item))
  );
}

export function holesIn(expression: Expression | undefined): readonly Hole[] {
  if (expression === undefined || expression.type === "scalar") return [];
  if (expression.type === "hole") return [expression];
  if (expression.type === "mapping")
    return expression.pairs.flatMap(({ key, value }) => [
      ...(typeof key === "string" ? [] : holesIn(key)),
      ...holesIn(value),
    ]);
  return [...expression.items.flatMap(holesIn), ...holesIn(expression.tail)];
}

/** Only the way to the holes: of maps the keys that lead there, `_` for all else. */
export function wayToHoles(expression: Expression): Expression {
  if (expression.type === "hole") return expression;
  if (holesIn(expression).length === 0) return scalar("_");
  if (expression.type === "mapping") {
    const isList = expression.open === "[";
    return {
      ...expression,
      // A pattern of a struct says no more than one of a map.
      open: isList ? "[" : "%{",
      pairs: expression.pairs
        .filter(({ value }) => isList || holesIn(value).length > 0)
        .map(({ key, value }) => ({ key, value: wayToHoles(value) })),
    };
  }
  if (expression.type !== "sequence") return expression;
  return {
    ...expression,
    items: expression.items.map(wayToHoles),
    tail: expression.tail && wayToHoles(expression.tail),
  };
}

/**
 * Lines of an expression behind `column` characters, the first without indentation: laid out as `mix format` leaves it. What does
 * not fit has each of its parts on a line of its own.
 */
export function lay(expression: Expression, indent: number, column: number, rest = 0): string {
  const line = flat(expression);
  if (column + widthOf(line) + rest <= WIDTH || isFlat(expression)) return line;
  const inner = " ".repeat(indent + 2);
  const { open, close } = expression as Sequence | Mapping;
  const parts =
    expression.type === "mapping"
      ? expression.pairs.map((pair) => layPair(pair, indent + 2))
      : layItems(expression as Sequence, indent + 2);
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(",\n")}\n${" ".repeat(indent)}${close}`;
}

const isFlat = (expression: Expression): boolean =>
  expression.type === "scalar" ||
  expression.type === "hole" ||
  (expression.type === "sequence" ? expression.items.length === 0 : expression.pairs.length === 0);

function layItems({ items, tail }: Sequence, indent: number): readonly string[] {
  const parts = items.map((item) => lay(item, indent, indent, 1));
  if (!tail) return parts;
  return [...parts.slice(0, -1), `${parts.at(-1)} | ${lay(tail, indent, indent, 0)}`];
}

function layPair({ key, value }: Pair, indent: number): string {
  const name = typeof key === "string" ? key : `${lay(key, indent, indent, 3)} =>`;
  return `${name}${layBehind(value, indent, indent + widthOf(name), 1)}`;
}

/** Behind `=`, `key:` or `=>`: what has parts stays there if its beginning fits, a long text goes to the next line. */
export function layBehind(value: Expression, indent: number, column: number, rest = 0): string {
  const fits = column + 1 + widthOf(flat(value)) + rest <= WIDTH;
  if (fits) return ` ${flat(value)}`;
  if (!isFlat(value) && column + 1 + (value as Sequence | Mapping).open.length <= WIDTH)
    return ` ${lay(value, indent, column + 1, rest)}`;
  return `\n${" ".repeat(indent + 2)}${lay(value, indent + 2, indent + 2, rest)}`;
}

const CHARACTERS = new Intl.Segmenter("en");

/** In characters as a reader counts them, which the formatter does, too. */
const widthOf = (text: string): number =>
  /^[ -~]*$/.test(text) ? text.length : [...CHARACTERS.segment(text)].length;
