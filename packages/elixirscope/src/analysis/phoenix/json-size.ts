import { Atom, ErlangMap, Float, type Term } from "@elixirscope/etf";
import { isCut } from "../term-diff.ts";

const UTF8 = new TextDecoder();
const ENCODER = new TextEncoder();

/** Bytes of a term as JSON, which is how Phoenix sends it; `undefined` for what is none, or was cut. */
export function jsonBytes(term: Term | undefined): number | undefined {
  if (term === undefined || isCut(term)) return undefined;
  if (term instanceof Uint8Array) return quoted(UTF8.decode(term));
  if (term instanceof Atom)
    return ["true", "false"].includes(term.name)
      ? term.name.length
      : term.name === "nil"
        ? 4
        : quoted(term.name);
  if (typeof term === "number" || typeof term === "bigint") return String(term).length;
  if (term instanceof Float) return String(term.value).length;
  if (Array.isArray(term)) return between((term as readonly Term[]).map(jsonBytes));
  if (term instanceof ErlangMap)
    return between(
      term.entries.map(([key, value]) => {
        const [name, size] = [keyText(key), jsonBytes(value)];
        return name === undefined || size === undefined ? undefined : quoted(name) + 1 + size;
      }),
    );
  return undefined;
}

const quoted = (text: string): number => ENCODER.encode(JSON.stringify(text)).length;

/** With brackets and commas. */
function between(sizes: readonly (number | undefined)[]): number | undefined {
  let sum = 2 + Math.max(0, sizes.length - 1);
  for (const size of sizes) {
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}

function keyText(key: Term): string | undefined {
  if (key instanceof Atom) return key.name;
  if (key instanceof Uint8Array) return UTF8.decode(key);
  return typeof key === "number" || typeof key === "bigint" ? String(key) : undefined;
}
