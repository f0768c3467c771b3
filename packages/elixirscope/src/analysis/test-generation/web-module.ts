import { Atom, ErlangMap, inspect, type Term } from "@elixirscope/etf";
import { bytesKey } from "../message-pairing.ts";
import { keyOf } from "./variables.ts";

/** `HelloWeb.Endpoint` of `HelloWeb.CountController`: where no plug is recorded, the name that Phoenix gives it. */
export const endpointOf = (module: string): string => `${module.split(".").slice(0, 2).join(".")}.Endpoint`;

/** A module, an atom or a text as Elixir writes it. */
export const moduleText = (name: string): string => inspect(new Atom(name));
export const stringText = (text: string): string => inspect(new TextEncoder().encode(text));

/** Does it hold a secret, which was overwritten in the recording? */
export const holdsSecret = (term: Term): boolean => /\*{4,}/.test(keyOf(term));

/** Without fields that Phoenix's forms add for themselves: in tests nobody asks for them. */
export function withoutOwn(params: ErlangMap): ErlangMap {
  const own = /^_(?:csrf_token|mounts|track_static|live_referer|method|format)$/;
  return new ErlangMap(
    params.entries.filter(([key]) => !(key instanceof Uint8Array && own.test(bytesKey(key)))),
  );
}

export const headOfWeb = (endpoint: string, imports: readonly string[]): readonly string[] => [
  "",
  ...imports.map((name) => `import ${name}`),
  "",
  `@endpoint ${moduleText(endpoint)}`,
];
