// A model reads every character that it is sent, and pays for it. So an answer that is long is sent with its lists and texts cut,
// with what was cut told by its place, so that the rest can be asked for.

/** A list or text that was cut. */
export interface Cut {
  /** Where it stands in the answer: `rows`, `rows.3.message.text`. */
  readonly path: string;
  /** Elements or characters that are there. */
  readonly shown: number;
  readonly of: number;
}

export interface Shortened {
  readonly value: unknown;
  readonly cuts: readonly Cut[];
}

interface Bounds {
  readonly elements: number;
  readonly characters: number;
}

/** From generous to stern; the last one that fits is taken, or the last of all. */
const BOUNDS: readonly Bounds[] = [
  { elements: 100, characters: 2_000 },
  { elements: 40, characters: 600 },
  { elements: 20, characters: 300 },
  { elements: 10, characters: 160 },
  { elements: 5, characters: 100 },
  { elements: 3, characters: 60 },
];

/** @returns the answer as it is where its JSON has at most `budget` characters, else with lists and texts cut until it has (or nearly) */
export function shorten(value: unknown, budget: number): Shortened {
  const whole = { value, cuts: [] };
  if (size(value) <= budget) return whole;
  let last: Shortened = whole;
  for (const bounds of BOUNDS) {
    const cuts: Cut[] = [];
    last = { value: within(value, bounds, "", cuts), cuts };
    if (size(last.value) <= budget) break;
  }
  return last;
}

const size = (value: unknown): number => JSON.stringify(value)?.length ?? 0;

function within(value: unknown, bounds: Bounds, path: string, cuts: Cut[]): unknown {
  if (typeof value === "string") return text(value, bounds, path, cuts);
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, within(one, bounds, join(path, key), cuts)]),
    );
  }
  const list: readonly unknown[] = value;
  if (list.length > bounds.elements) cuts.push({ path, shown: bounds.elements, of: list.length });
  return list.slice(0, bounds.elements).map((one, i) => within(one, bounds, join(path, String(i)), cuts));
}

function text(value: string, { characters }: Bounds, path: string, cuts: Cut[]): string {
  if (value.length <= characters) return value;
  cuts.push({ path, shown: characters, of: value.length });
  return `${value.slice(0, characters)}… (${value.length - characters} characters more)`;
}

const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** What stands at a place of an answer; undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path === "" ? [] : path.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}
