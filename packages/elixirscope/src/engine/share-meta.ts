import { createHash } from "node:crypto";
import type { SourceText } from "../model/index.ts";
import { sourceTextKey } from "../query/index.ts";
import { type Hider, type Redactor, withoutSecrets } from "../tracer/index.ts";

interface Told {
  readonly redactor: Redactor;
  readonly hider: Hider;
  readonly version: string;
  /** What of it this is; "": all. */
  readonly chosen: string;
}

/** Of the store itself, of whoever made it, or made anew. */
const NOT_TAKEN: ReadonlySet<string> = new Set([
  "schema_version",
  "views",
  "bookmarks",
  "keep",
  "redaction",
  "made_by",
]);

/** What a recording to give away says of itself. */
export function sharedMeta(
  before: ReadonlyMap<string, string>,
  { redactor, hider, version, chosen }: Told,
): ReadonlyMap<string, string> {
  const meta = new Map<string, string>();
  for (const [key, value] of before) {
    if (NOT_TAKEN.has(key)) continue;
    meta.set(
      key,
      key.startsWith(sourceTextKey("")) ? sourceOf(value, redactor, hider) : inJson(value, hider),
    );
  }
  const ended = before.get("end_reason") ?? "";
  const told = chosen === "" ? "a copy" : `a copy of a part (${chosen})`;
  meta.set("end_reason", ended === "" ? told : `${hider.hideInText(ended)}; ${told}`);
  meta.set("redaction", JSON.stringify(redactor.keys));
  meta.set("shared_by", version);
  return meta;
}

/** A source whose secrets are overwritten, and what is to be hidden in it. */
function sourceOf(json: string, redactor: Redactor, hider: Hider): string {
  const source = JSON.parse(json) as SourceText;
  if (source.text === null) return inJson(json, hider);
  const text = hider.hideInText(withoutSecrets(source.text, redactor));
  const hash = createHash("sha256").update(text).digest("hex");
  return JSON.stringify({ ...source, text, hash });
}

/** In the texts of what may be JSON. */
function inJson(value: string, hider: Hider): string {
  if (hider.isIdle) return value;
  try {
    const hidden: unknown = JSON.parse(value, (_, part: unknown) =>
      typeof part === "string" ? hider.hideInText(part) : part,
    );
    return typeof hidden === "object" ? JSON.stringify(hidden) : hider.hideInText(value);
  } catch {
    return hider.hideInText(value);
  }
}
