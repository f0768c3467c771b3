import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Handles } from "./handles.ts";
import { at, type Cut, shorten } from "./shorten.ts";

/** Characters of an answer, about 2,000 tokens. */
const BUDGET = 8_000;
/** Characters of a part that was asked for by its handle. */
const PART_BUDGET = 16_000;
/** So many places that were cut are named, the largest first. */
const NAMED_CUTS = 8;

/** Runs a tool: its answer as JSON, shortened with a handle to the rest; an error as text that says what to do. */
export async function answered(handles: Handles, work: () => Promise<unknown>): Promise<CallToolResult> {
  try {
    return result(handles, await work());
  } catch (error) {
    return failed(error);
  }
}

function result(handles: Handles, value: unknown): CallToolResult {
  const { value: shown, cuts } = shorten(value, BUDGET);
  const more = cuts.length === 0 ? "" : `\n${rest(handles.keep(value), cuts)}`;
  return { content: [{ type: "text", text: `${JSON.stringify(shown)}${more}` }] };
}

function rest(handle: string, cuts: readonly Cut[]): string {
  const largest = cuts.toSorted((a, b) => b.of - b.shown - (a.of - a.shown)).slice(0, NAMED_CUTS);
  const named = largest.map(
    ({ path, shown, of }) => `${path === "" ? "the list" : path} (${shown} of ${of})`,
  );
  const others = cuts.length > largest.length ? ` and ${cuts.length - largest.length} more` : "";
  return `Shortened: ${named.join(", ")}${others}. The rest: tool "more" with handle "${handle}" and the path.`;
}

function failed(error: unknown): CallToolResult {
  const { code, message } = error as Error & { readonly code?: unknown };
  const text = typeof code === "string" ? `${code}: ${message}` : message;
  return { isError: true, content: [{ type: "text", text }] };
}

export interface PartInput {
  readonly handle: string;
  readonly path?: string | undefined;
  readonly from?: number | undefined;
  readonly count?: number | undefined;
}

/** Elements of a list, or characters of a text, of an answer that was shortened. */
export function part(handles: Handles, { handle, path = "", from = 0, count }: PartInput): CallToolResult {
  const kept = handles.find(handle);
  if (!kept) return failed(new Error(`${handle} is not kept any more. Ask the question again.`));
  const found = at(kept.value, path);
  if (found === undefined) {
    const places = Object.keys(Object(kept.value)).join(", ");
    return failed(new Error(`There is nothing at ${JSON.stringify(path)}. At the top there is: ${places}.`));
  }
  if (typeof found === "string") {
    const end = from + (count ?? PART_BUDGET);
    return { content: [{ type: "text", text: `${found.slice(from, end)}${left(found.length, end)}` }] };
  }
  if (!Array.isArray(found)) return { content: [{ type: "text", text: shortText(found) }] };
  const end = from + (count ?? 20);
  return {
    content: [{ type: "text", text: `${shortText(found.slice(from, end))}${left(found.length, end)}` }],
  };
}

const shortText = (value: unknown): string => JSON.stringify(shorten(value, PART_BUDGET).value);
const left = (length: number, end: number): string =>
  end < length ? `\n${length - end} more, from ${end}.` : "";
