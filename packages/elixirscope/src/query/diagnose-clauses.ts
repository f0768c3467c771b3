import { type ClauseFact, parts, type ServerFact } from "../analysis/index.ts";
import { type DiagnoseSources, who } from "./diagnose-sources.ts";
import { atomText } from "./lookup.ts";

/** Servers whose sources are looked at. */
const SERVERS = 200;

/** Processes whose module's source was recorded, with the heads of its callbacks. */
export function serverFacts(sources: DiagnoseSources): readonly ServerFact[] {
  const clauses = new Map<string, readonly ClauseFact[]>();
  const found: ServerFact[] = [];
  for (const [index, { initialCall }] of sources.table.processes) {
    if (initialCall?.function !== "init" || found.length >= SERVERS) continue;
    const { module } = initialCall;
    const text = sources.sources.text(module)?.text;
    const process = who(index, sources);
    if (typeof text !== "string" || !process) continue;
    const own = clauses.get(module) ?? clausesIn(text, atomText(module));
    clauses.set(module, own);
    if (own.length > 0) found.push({ process, module: atomText(module), clauses: own });
  }
  return found;
}

const HEAD = /^[ \t]*def (handle_call|handle_cast|handle_info)\(/gm;

/** Heads of the callbacks of one module, by the words of its source: no more is known of it than stands there. */
export function clausesIn(text: string, module: string): readonly ClauseFact[] {
  const { part, line } = moduleIn(text, module);
  return [...part.matchAll(HEAD)].flatMap((match): readonly ClauseFact[] => {
    const from = match.index + match[0].length;
    const end = closing(part, from);
    if (end === undefined) return [];
    const [pattern = ""] = parts(part.slice(from, end));
    const guarded = /^\s*when\b/.test(part.slice(end + 1));
    return [
      {
        callback: match[1] as ClauseFact["callback"],
        line: line + lines(part.slice(0, from)),
        pattern: pattern.replaceAll(/\s+/g, " "),
        takesAll: /^[a-z_]\w*$/.test(pattern) && !guarded,
      },
    ];
  });
}

const lines = (text: string): number => text.split("\n").length - 1;

/** From its `defmodule` to the next one that stands no deeper. A name may be written in parts, one within the other. */
function moduleIn(text: string, module: string): { readonly part: string; readonly line: number } {
  const last = module.split(".").at(-1)!;
  const start =
    new RegExp(`^([ \\t]*)defmodule ${escaped(module)} do`, "m").exec(text) ??
    new RegExp(`^([ \\t]*)defmodule (?:\\w+\\.)*${escaped(last)} do`, "m").exec(text);
  if (!start) return { part: "", line: 0 };
  const after = text.slice(start.index + start[0].length);
  const next = new RegExp(`^[ \\t]{0,${start[1]!.length}}defmodule `, "m").exec(after);
  return { part: next ? after.slice(0, next.index) : after, line: lines(text.slice(0, start.index)) + 1 };
}

const escaped = (text: string): string => text.replaceAll(".", "\\.");

/** Where the bracket that is open at `from` is closed. */
function closing(text: string, from: number): number | undefined {
  let [depth, quoted] = [1, false];
  for (let i = from; i < text.length; i++) {
    const sign = text[i]!;
    if (sign === '"' && text[i - 1] !== "\\") quoted = !quoted;
    if (quoted) continue;
    if ("([{".includes(sign)) depth++;
    else if (")]}".includes(sign) && --depth === 0) return i;
  }
  return undefined;
}
