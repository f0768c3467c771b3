import { createHash } from "node:crypto";
import type { DistConnection } from "@elixirscope/dist";
import {
  Atom,
  atom,
  binary,
  ErlangMap,
  isAtom,
  isTagged,
  type Pid,
  type Term,
  Tuple,
  tuple,
} from "@elixirscope/etf";
import type { SourceText } from "../model/index.ts";
import type { Redactor } from "./redaction.ts";
import { withoutSecrets } from "./source-secrets.ts";

/** `own` passes over libraries. */
export type WhichSources = "all" | "own";

/** The sources of these modules, as the node has them now. Names that the node does not know make no atoms there. */
export async function sourceTexts(
  connection: DistConnection,
  owner: Pid,
  redactor: Redactor | undefined,
  asked: { readonly which: WhichSources; readonly modules: readonly string[] },
): Promise<readonly SourceText[]> {
  const names = asked.modules.map(binary);
  const command = tuple(atom("text"), atom(asked.which), names);
  const answer = await connection.rpc("elixirscope_agent", "command", [owner, command]);
  if (!isTagged(answer, "ok", 2)) return [];
  return (answer.elements[1] as readonly Term[]).flatMap((entry) => textOf(entry, redactor));
}

/** `{Name, Map}` */
function textOf(term: Term, redactor: Redactor | undefined): readonly SourceText[] {
  const [name, told] = term instanceof Tuple ? term.elements : [];
  if (!(name instanceof Uint8Array) || !(told instanceof ErlangMap)) return [];
  const file = told.get("source");
  const text = told.get("text");
  const reason = told.get("reason");
  return [
    sourceText({
      module: new TextDecoder().decode(name),
      file: file instanceof Uint8Array ? new TextDecoder().decode(file) : "",
      bytes: text instanceof Uint8Array ? text : undefined,
      reason: reason instanceof Atom ? reason.name : "",
      changed: isAtom(told.get("changed"), "true"),
      executable: linesOf(told.get("lines")),
      redactor,
    }),
  ];
}

/** A source that was read, without its secrets. */
export function sourceText({
  bytes,
  redactor,
  ...rest
}: Omit<SourceText, "text" | "hash"> & {
  readonly bytes: Uint8Array | undefined;
  readonly redactor: Redactor | undefined;
}): SourceText {
  if (!bytes) return { ...rest, text: null, hash: "" };
  const read = decoded(bytes);
  const text = redactor ? withoutSecrets(read, redactor) : read;
  return { ...rest, text, hash: createHash("sha256").update(text).digest("hex") };
}

/** Sources of Erlang may still be in Latin-1. */
function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

function linesOf(term: Term | undefined): readonly number[] | null {
  if (term instanceof Atom || term === undefined) return null;
  return Array.isArray(term) ? (term as readonly Term[]).map(Number) : null;
}
