/** What a recording that was merged says of itself, of what its parts say. */
export function mergedMeta(
  parts: readonly ReadonlyMap<string, string>[],
  version: string,
  clocks: readonly object[],
): ReadonlyMap<string, string> {
  const values = (key: string): readonly string[] => parts.flatMap((part) => part.get(key) ?? []);
  const meta = new Map<string, string>();
  // Of modules, and settings of nodes, the newest recording has the last word.
  const byStart = parts.toSorted((a, b) => compare(a.get("started_at") ?? "", b.get("started_at") ?? ""));
  for (const part of byStart)
    for (const [key, value] of part) if (/^source(?:_text)?:/.test(key)) meta.set(key, value);
  const tracing = byStart.map((part) => JSON.parse(part.get("tracing") ?? "{}") as object);
  meta.set("tracing", JSON.stringify(Object.assign({}, ...tracing)));
  const [started] = values("started_at").toSorted(compare);
  const ended = values("ended_at").toSorted(compare).at(-1);
  if (started !== undefined) meta.set("started_at", started);
  if (ended !== undefined) meta.set("ended_at", ended);
  const [origin] = values("origin_ns").toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  if (origin !== undefined && values("origin_ns").length === parts.length) meta.set("origin_ns", origin);
  meta.set("elixirscope_version", version);
  meta.set("redaction", JSON.stringify(inAll(values("redaction").map(words), parts.length)));
  const told = byStart.map((part) => ({
    startedAt: part.get("started_at") ?? null,
    endedAt: part.get("ended_at") ?? null,
    endReason: part.get("end_reason") ?? null,
    redaction: words(part.get("redaction") ?? "[]"),
  }));
  meta.set("end_reason", `merged of ${parts.length} recordings`);
  meta.set("merged", JSON.stringify({ parts: told, clocks }));
  return meta;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const words = (json: string): readonly string[] => JSON.parse(json) as readonly string[];

/** A key by which only some were redacted may stand in the others. */
const inAll = (lists: readonly (readonly string[])[], parts: number): readonly string[] =>
  lists.length < parts ? [] : (lists[0] ?? []).filter((word) => lists.every((list) => list.includes(word)));
