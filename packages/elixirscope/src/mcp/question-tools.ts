import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { catalogue, inputSchemas, type MethodName } from "../protocol/index.ts";
import { answered, part } from "./answer.ts";
import type { Asker } from "./asker.ts";
import type { Handles } from "./handles.ts";

/** Questions with a tool of their own: those that most hunts need. All others are asked with `query`. */
const OWN: readonly MethodName[] = [
  "processes",
  "process",
  "events",
  "event",
  "flows",
  "flow",
  "crashes",
  "crash",
  "requests",
  "request",
  "liveViews",
  "liveView",
  "broadcasts",
  "topics",
  "snapshotAt",
  "step",
  "until",
  "diff",
  "lastChange",
  "anomalies",
  "boundaries",
  "source",
];
/** Rows where nobody says how many. */
const FEW = 20;

const LOOKS = { readOnlyHint: true, openWorldHint: false };

export function addQuestionTools(server: McpServer, asker: Asker, handles: Handles): void {
  const entries = catalogue();
  for (const method of OWN) {
    const entry = entries.find((one) => one.method === method);
    if (!entry) throw new Error(`${method} is not in the catalogue`);
    server.registerTool(
      entry.name.replaceAll("-", "_"),
      { description: described(entry), inputSchema: inputSchemas[method], annotations: LOOKS },
      (input: unknown) => answered(handles, () => asker.call(method, withFew(method, input))),
    );
  }
  addCatalogue(server, handles);
  addQuery(server, asker, handles);
  addSql(server, asker, handles);
  server.registerTool(
    "more",
    {
      description: "The rest of an answer that was shortened: elements of a list, or characters of a text.",
      inputSchema: z.strictObject({
        handle: z.string().describe("such as a-12"),
        path: z.string().optional().describe("place in the answer, such as rows or rows.3.message.text"),
        from: z.number().int().nonnegative().optional(),
        count: z.number().int().min(1).max(1_000).optional(),
      }),
      annotations: LOOKS,
    },
    async (input) => part(handles, input),
  );
}

type Entry = ReturnType<typeof catalogue>[number];

function described({ summary, parameters }: Entry): string {
  const told = parameters.filter(({ help }) => help !== "").map(({ name, help }) => `${name}: ${help}`);
  return [
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    ...(told.length > 0 ? [`${told.join("; ")}.`] : []),
  ].join(" ");
}

/** A question that takes a limit, with a small one where none is given. */
function withFew(method: MethodName, input: unknown): Readonly<Record<string, unknown>> {
  const given = (input ?? {}) as Readonly<Record<string, unknown>>;
  const takesLimit = catalogue()
    .find((entry) => entry.method === method)!
    .parameters.some(({ name }) => name === "limit");
  return takesLimit && given["limit"] === undefined ? { ...given, limit: FEW } : given;
}

function addCatalogue(server: McpServer, handles: Handles): void {
  server.registerTool(
    "list_questions",
    {
      description:
        "All questions that can be asked of the record with the tool query: their names, or one with its parameters.",
      inputSchema: z.strictObject({ question: z.string().optional().describe("such as message-flow") }),
      annotations: LOOKS,
    },
    ({ question }) =>
      answered(handles, async () => {
        if (question !== undefined) return entryOf(question);
        return Object.fromEntries(catalogue().map(({ name, summary }) => [name, summary]));
      }),
  );
}

function entryOf(question: string): Entry {
  const entry = catalogue().find(({ name, method }) => name === question || method === question);
  if (entry) return entry;
  const all = catalogue().map(({ name }) => name);
  throw new Error(`There is no question ${question}. There are: ${all.join(", ")}.`);
}

function addQuery(server: McpServer, asker: Asker, handles: Handles): void {
  server.registerTool(
    "query",
    {
      description:
        "Any question of the record by its name, such as message-flow, slowest, hot, waits, aggregate, gaps, inventory, tree. list_questions has them with their parameters.",
      inputSchema: z.strictObject({
        question: z.string(),
        parameters: z.record(z.string(), z.unknown()).optional(),
      }),
      annotations: LOOKS,
    },
    ({ question, parameters }) =>
      answered(handles, async () => {
        const entry = entryOf(question);
        const checked = inputSchemas[entry.method].safeParse(withFew(entry.method, parameters));
        if (!checked.success) throw wrongInput(entry, checked.error);
        return asker.call(entry.method, checked.data);
      }),
  );
}

function wrongInput({ name, parameters }: Entry, error: z.ZodError): Error {
  const problems = error.issues.map(({ path, message }) => `${path.join(".") || "parameters"}: ${message}`);
  const takes = parameters.map(
    ({ name: parameter, type, required }) => `${parameter} (${type}${required ? ", needed" : ""})`,
  );
  return new Error(
    `${name} was asked wrongly: ${problems.join("; ")}. It takes: ${takes.join(", ") || "nothing"}.`,
  );
}

function addSql(server: McpServer, asker: Asker, handles: Handles): void {
  server.registerTool(
    "query_sql",
    {
      description:
        "Read-only SQL (DuckDB) on the recording, for what no question answers. Tables: SELECT table_name, comment FROM duckdb_tables(); columns: SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'events'.",
      inputSchema: z.strictObject({
        sql: z.string().min(1).max(100_000),
        limit: z.number().int().min(1).max(10_000).optional(),
      }),
      annotations: LOOKS,
    },
    ({ sql, limit = FEW }) => answered(handles, () => asker.call("query", { sql, limit })),
  );
}
