import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { answered } from "./answer.ts";
import type { Asker } from "./asker.ts";
import type { Handles } from "./handles.ts";

const LOOKS = { readOnlyHint: true, openWorldHint: false };
const FEW = 20;
const few = z.number().int().min(1).max(500).optional();
const named = z.string().min(1).max(512);
const instant = z.number().int().optional();

const executionSchema = z.strictObject({
  process: named.optional().describe("name, pid or handle (p-12)"),
  flow: named.optional().describe("f-12: callbacks, calls and messages of this flow as a tree"),
  request: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe("id of a request, or of an event in it: likewise"),
  mfa: named.optional().describe("MyApp.Cart.add/2, MyApp.*"),
  outcome: z.enum(["returned", "raised", "ended", "open", "unknown"]).optional(),
  sort: z.enum(["newest", "slowest", "own"]).optional().describe("own: by the time without the calls below"),
  limit: few,
});

const stateSchema = z.strictObject({
  process: named.describe("name, pid or handle (p-12)"),
  path: named
    .optional()
    .describe("assigns.user, state.items: when did it change last, what message did that, and who caused it"),
  t: instant.describe("as of this instant"),
  becomes: named.optional().describe("condition, such as state.count == 5: where did it come true last"),
  limit: few,
});

const testsSchema = z.strictObject({
  events: z
    .array(z.number().int().nonnegative())
    .min(1)
    .max(100)
    .optional()
    .describe("ids of states, dispatches or messages, each of a callback"),
  process: named.optional().describe("or all that this process did, as far as it differs"),
  flow: named.optional().describe("or the callbacks of all that took part: f-12"),
  request: z.number().int().nonnegative().optional().describe("or an HTTP request, by its id"),
  liveView: named.optional().describe("or the life of a LiveView: phx-…, or one of its processes"),
  form: z
    .enum(["callbacks", "conversation"])
    .optional()
    .describe("conversation: one test in which a server is sent the messages one after the other"),
  limit: z.number().int().min(1).max(100).optional(),
});

const explainSchema = z.strictObject({
  question: z
    .string()
    .trim()
    .min(3)
    .max(1_000)
    .optional()
    .describe("in English, as the user put it: Why didn't the counter update when I clicked increment?"),
  process: named.optional().describe("without a question: what went wrong with this process"),
  flow: named.optional().describe("likewise: f-12"),
  request: z.number().int().nonnegative().optional().describe("likewise: id of a request"),
  liveView: named.optional().describe("likewise: phx-…, or one of its processes"),
});

/** What most questions about a program come to: what ran, and how a state came to be. */
export function addBehaviourTools(server: McpServer, asker: Asker, handles: Handles): void {
  server.registerTool(
    "query_execution",
    {
      description:
        "What ran: with flow or request its callbacks, calls and messages as one tree; else calls of traced functions with arguments, result, duration, caller, file and line. Calls are recorded where start_tracing was given patterns.",
      inputSchema: executionSchema,
      annotations: LOOKS,
    },
    (input) => answered(handles, () => execution(asker, input)),
  );
  server.registerTool(
    "analyze_state",
    {
      description:
        "The state of a process (GenServer, LiveView, channel, any OTP process): its newest versions, each with the message that led to it and what changed; with path when a value changed last and the chain of causes; with becomes where a condition came true. Recorded from the level state on.",
      inputSchema: stateSchema,
      annotations: LOOKS,
    },
    (input) => answered(handles, () => state(asker, input)),
  );
  server.registerTool(
    "explain_behavior",
    {
      description:
        "Why something happened, or did not: answers a question in words, or says what went wrong with a process, flow, request or LiveView (of everything, without any). Found by detectors in the record, each sentence with the ids of the events that it follows from; and what could not be known, with what to record for it.",
      inputSchema: explainSchema,
      annotations: LOOKS,
    },
    (input) => answered(handles, () => explained(asker, input)),
  );
  server.registerTool(
    "generate_tests",
    {
      description:
        "ExUnit tests of what was recorded, as the source of a file for mix test: callbacks of a GenServer with the message and state that were seen, a request for ConnTest, a LiveView's life for LiveViewTest. They pass on the code that was recorded and fail when it behaves otherwise. `left` says what no test could be made of.",
      inputSchema: testsSchema,
      annotations: LOOKS,
    },
    (input) => answered(handles, () => asker.call("generateTests", input)),
  );
}

async function explained(
  asker: Asker,
  { question, ...about }: z.infer<typeof explainSchema>,
): Promise<unknown> {
  return question === undefined ? asker.call("diagnose", about) : asker.call("ask", { question });
}

async function execution(asker: Asker, input: z.infer<typeof executionSchema>): Promise<unknown> {
  const { flow, request, limit = FEW, process, mfa, outcome, sort } = input;
  if (flow !== undefined) return asker.call("path", { flow, limit: Math.max(limit, 100) });
  if (request !== undefined) return asker.call("path", { request, limit: Math.max(limit, 100) });
  return asker.call("executions", { process, mfa, outcome, sort, limit });
}

async function state(asker: Asker, input: z.infer<typeof stateSchema>): Promise<unknown> {
  const { process, path, t, becomes, limit = 5 } = input;
  if (path !== undefined) return asker.call("lastChange", { process, path, t });
  if (becomes !== undefined) {
    return asker.call("until", { process, state: becomes, direction: "backward", t });
  }
  return asker.call("states", { process, order: "newest_first", diff: true, limit, to: t });
}
