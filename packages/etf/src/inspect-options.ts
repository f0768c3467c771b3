import type { IdentifierUnicode } from "./inspect-identifier.ts";

/** How `inspect` prints. Names and defaults are those of Elixir's `Inspect.Opts` where it has them. */
export interface InspectOptions {
  /**
   * Items of collections printed before `...`, `Infinity` for all; by default what `elixir` has as default (200 from 1.20, 100 in 1.19, 50 before).
   * Counted as Elixir does it: from 1.19 on over the whole term, before that anew in every collection (less by one for each level
   * and each item before it), which can make long texts of nested terms: see `maxLength`.
   */
  readonly limit?: number;
  /** Characters of strings and charlists printed before `...`; 4,096 by default, `Infinity` for all. */
  readonly printableLimit?: number;
  /** UTF-16 units of the whole text, hard: what is longer ends in `…`, and no work is done behind that. Unlimited by default. */
  readonly maxLength?: number;
  /** Elixir release whose way of printing is followed, as `"1.18"` or `"1.14.5"`; the newest by default. */
  readonly elixir?: string;
  /** `"sigil"` is `~c"abc"` (the way from 1.15 on), `"quotes"` is `'abc'`, `"lists"` is `[97, 98, 99]`; by default as `elixir` does it. */
  readonly charlists?: "sigil" | "quotes" | "lists";
  /** Node whose pids, ports and references print with 0 as their first number; without it, those of every node do. */
  readonly localNode?: string;
  /**
   * Print maps in Erlang's term order of their keys. Off by default: the order on the wire is the order in which the node that wrote
   * the term prints it (sorted up to OTP 25, of no meaning from OTP 26 on; OTP 29 prints maps of more than 32 keys the other way round).
   */
  readonly sortMaps?: boolean;
  /**
   * Fields of a struct in the order of their definition, in which Elixir prints them. The wire does not tell; without it, fields print in the
   * map's order.
   */
  readonly structFields?: (module: string) => readonly string[] | undefined;
}

/** Where Elixir's releases print differently. */
export interface Style {
  readonly limit: number;
  readonly printableLimit: number;
  readonly maxLength: number;
  readonly charlists: "sigil" | "quotes" | "lists";
  readonly localNode: string | undefined;
  readonly sortMaps: boolean;
  readonly structFields: (module: string) => readonly string[] | undefined;
  /** From 1.19: one limit for the whole term. */
  readonly globalLimit: boolean;
  /** From 1.18: invisible and confusable characters are escaped. */
  readonly escapeInvisible: boolean;
  readonly identifierUnicode: IdentifierUnicode;
  /** From 1.18: the scripts of each part of an identifier between underscores count for themselves. */
  readonly scriptChunks: boolean;
  /** From 1.20 (1.20.4 to be exact): the limit of charlists counts their items before they are escaped. */
  readonly cutCharlistsFirst: boolean;
  /** From 1.16: `\#{` in a regex prints as it was written. */
  readonly regexInterpolation: boolean;
}

/** Definition order of the structs of Elixir itself whose order differs from the alphabet. */
const KNOWN_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "Elixir.URI": ["scheme", "authority", "userinfo", "host", "port", "path", "query", "fragment"],
  "Elixir.Version": ["major", "minor", "patch", "pre", "build"],
  "Elixir.Task": ["mfa", "owner", "pid", "ref"],
};

export function styleOf(options: InspectOptions): Style {
  const minor = minorVersion(options.elixir);
  return {
    limit: options.limit ?? (minor >= 20 ? 200 : minor === 19 ? 100 : 50),
    printableLimit: options.printableLimit ?? 4096,
    maxLength: options.maxLength ?? Number.POSITIVE_INFINITY,
    charlists: options.charlists ?? (minor >= 15 ? "sigil" : "quotes"),
    localNode: options.localNode,
    sortMaps: options.sortMaps ?? false,
    structFields: (module) => options.structFields?.(module) ?? KNOWN_FIELDS[module],
    globalLimit: minor >= 19,
    escapeInvisible: minor >= 18,
    scriptChunks: minor >= 18,
    identifierUnicode: minor >= 19 ? 17 : minor >= 15 ? 15 : 14,
    cutCharlistsFirst: minor >= 20,
    regexInterpolation: minor >= 16,
  };
}

/** The 18 of "1.18.3"; what cannot be read as a version counts as the newest. */
function minorVersion(version: string | undefined): number {
  const match = /^1\.(\d+)/.exec(version ?? "");
  return match ? Number(match[1]) : Number.POSITIVE_INFINITY;
}
