import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { LEVELS, type Level } from "../model/index.ts";
import { controlSchema, type Status, type TracingInput } from "../protocol/index.ts";
import { answered } from "./answer.ts";
import type { Asker } from "./asker.ts";
import type { Handles } from "./handles.ts";

const patterns = z.array(z.string().min(1).max(4_096)).max(100).optional();

const startSchema = z.strictObject({
  node: z
    .string()
    .optional()
    .describe("such as shop@127.0.0.1; may be left out where there is one only, or one is attached"),
  level: z
    .enum(LEVELS)
    .optional()
    .describe(
      "each includes those before it: observe, flows, messages, state, calls, lines. Default: lines with lines, calls with patterns, else state",
    ),
  patterns: patterns.describe(
    "calls to record: MyApp.Cart.add/2, MyApp.Cart.*, MyApp.Cart.add(_, %{qty: q}) when q > 10",
  ),
  flows: patterns.describe("calls at which flows begin; default: entry points of common libraries"),
  lines: z.array(z.string()).max(100).optional().describe("modules whose lines are recorded: MyApp.Cart"),
  ...controlSchema,
});

type StartInput = z.infer<typeof startSchema>;

/** What changes the observed node: each says so, so that a client can ask its user first. */
export function addTracingTools(server: McpServer, asker: Asker, handles: Handles): void {
  server.registerTool(
    "status",
    {
      description:
        "What is recorded, of which nodes, at which level, what it costs and what was lost. Ask this first; `t` is now, in nanoseconds since the start of the recording, as all instants.",
      inputSchema: z.strictObject({}),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    () => answered(handles, () => asker.call("status", {})),
  );
  server.registerTool(
    "start_tracing",
    {
      description:
        "Attaches to a running node, if none is attached, and records from now on: nothing is added to the application, all of it is bounded and can be taken back with stop_tracing. Replaces what was traced before. Then let the user (or a test) do what is in question, and look.",
      inputSchema: startSchema,
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    (input) => answered(handles, async () => told(await start(asker, input))),
  );
  server.registerTool(
    "stop_tracing",
    {
      description:
        "Back to the level observe, which costs next to nothing; with detach everything of ours is removed from the node. What was recorded stays and can be asked.",
      inputSchema: z.strictObject({ detach: z.boolean().optional() }),
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    ({ detach }) =>
      answered(handles, async () =>
        told(
          await (detach === true ? asker.call("detach", {}) : asker.call("tracing", { level: "observe" })),
        ),
      ),
  );
}

async function start(asker: Asker, { node, ...wanted }: StartInput): Promise<Status> {
  const input: TracingInput = { ...wanted, level: wanted.level ?? levelFor(wanted) };
  const { nodes } = await asker.call("status", {});
  const attached = nodes.find(({ state }) => state === "connected");
  if (attached && (node === undefined || sameNode(attached.name, node))) return asker.call("tracing", input);
  return asker.call("attach", { ...input, node: withHost(node ?? (await onlyNode(asker))) });
}

function levelFor({ lines, patterns: calls }: Omit<StartInput, "node">): Level {
  if (lines !== undefined && lines.length > 0) return "lines";
  return calls !== undefined && calls.length > 0 ? "calls" : "state";
}

/** EPMD knows the part before the `@`; a node that calls itself otherwise says so in the error. */
const withHost = (node: string): string => (node.includes("@") ? node : `${node}@127.0.0.1`);

/** `shop` is `shop@…` on whichever host. */
const sameNode = (name: string, wanted: string): boolean =>
  name === wanted || (!wanted.includes("@") && name.split("@")[0] === wanted);

async function onlyNode(asker: Asker): Promise<string> {
  const found = await asker.call("nodes", {});
  const [only, ...others] = found.map(({ name }) => name);
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    throw new Error(
      "No distributed node runs on this machine. Start the application with `elixirscope run -- mix phx.server`, or give it a name: elixir --sname shop -S mix phx.server.",
    );
  }
  throw new Error(`There are several nodes: ${[only, ...others].join(", ")}. Say which one.`);
}

/** Of the status what matters after a change. */
const told = ({ nodes, events, dropped, t }: Status): unknown => ({
  nodes: nodes.map(({ name, state, reason, level, patterns: calls, lines, control }) => ({
    name,
    state,
    ...(reason === "" ? {} : { reason }),
    level,
    patterns: calls,
    lines,
    control,
  })),
  events,
  dropped,
  t,
});
