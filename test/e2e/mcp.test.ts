// The Model Context Protocol as an assistant's program speaks it: the official client, over standard input and over HTTP.
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loading } from "../testkit/erlang-module.ts";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";
import { CliWorld } from "./support/cli-process.ts";

const MAIN = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));
const packed = (name: string): Buffer =>
  gunzipSync(readFileSync(fileURLToPath(new URL(`../recordings/${name}.esrec.gz`, import.meta.url))));

const COUNTER = `
  -module(counter). -behaviour(gen_server). -export([start/0, init/1, handle_call/3, handle_cast/2, bump/1]).
  start() -> gen_server:start({local, counter}, counter, [], []).
  init([]) -> {ok, #{count => 0}}.
  bump(N) -> N + 1.
  handle_call(get, _, S) -> {reply, maps:get(count, S), S}.
  handle_cast(increment, S) -> {noreply, S#{count := bump(maps:get(count, S))}}.`;

let node: ErlangNode;
let world: CliWorld;
const clients: Client[] = [];

beforeAll(async () => {
  node = await startErlangNode();
  await node.eval(`${loading(COUNTER)}, {ok, _} = counter:start()`);
  world = await CliWorld.create({ cookie: node.cookie, epmdPort: node.epmdPort });
  await writeFile(world.path("counter.esrec"), packed("phoenix-1.8"));
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await node?.stop();
  await world?.remove();
});

async function overStdio(...args: readonly string[]): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  clients.push(client);
  const env = Object.fromEntries(
    Object.entries(world.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, "mcp", ...args],
      env,
      cwd: world.home,
      stderr: "inherit",
    }),
  );
  return client;
}

interface Answer {
  readonly text: string;
  readonly isError: boolean;
}

async function use(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const [first] = content as readonly { readonly type: string; readonly text: string }[];
  return { text: first!.text, isError: isError === true };
}

/** The JSON of an answer, of which what was cut is told behind it. */
async function answer<T>(client: Client, name: string, args: Record<string, unknown> = {}): Promise<T> {
  const { text, isError } = await use(client, name, args);
  if (isError) throw new Error(text);
  return JSON.parse(text.split("\n")[0]!) as T;
}

describe("on a recording", () => {
  let client: Client;
  beforeAll(async () => {
    client = await overStdio("--recording", "counter.esrec");
  });

  it("says what it is, what it can do, and which tools change a node", async () => {
    expect(client.getServerVersion()!.name).toBe("elixirscope");
    expect(client.getInstructions()).toContain("Begin with status");
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    for (const name of [
      "start_tracing",
      "stop_tracing",
      "query_execution",
      "analyze_state",
      "explain_behavior",
      "generate_tests",
      "snapshot_at",
      "flows",
      "anomalies",
      "boundaries",
      "source",
      "query",
      "query_sql",
    ]) {
      expect(names).toContain(name);
    }
    const changing = tools.filter(({ annotations }) => annotations?.readOnlyHint !== true);
    expect(changing.map(({ name }) => name).toSorted()).toEqual(["start_tracing", "stop_tracing"]);
    for (const { description, inputSchema } of tools) {
      expect(description).toMatch(/\.$/);
      expect(inputSchema.type).toBe("object");
    }
  });

  it("answers questions, in small answers with a handle to the rest", async () => {
    const status = await answer<{ events: number }>(client, "status");
    expect(status.events).toBeGreaterThan(100);
    const { text } = await use(client, "events", { limit: 200 });
    expect(text.length).toBeLessThan(10_000);
    const handle = /handle "(a-\d+)"/.exec(text)?.[1];
    const shown = (JSON.parse(text.split("\n")[0]!) as { rows: readonly { id: number }[] }).rows;
    expect(shown.length).toBeLessThan(200);
    const rest = await use(client, "more", { handle, path: "rows", from: shown.length, count: 5 });
    const next = JSON.parse(rest.text.split("\n")[0]!) as readonly { readonly id: number }[];
    expect(next).toHaveLength(5);
    expect(shown.map(({ id }) => id)).not.toContain(next[0]!.id);
    expect((await use(client, "more", { handle: "a-999" })).text).toContain("Ask the question again");
    expect((await use(client, "more", { handle, path: "nothing" })).text).toMatch(
      /There is nothing at .* rows/,
    );
  });

  it("finds why the counter did not change: a broadcast that reached nobody", async () => {
    const { rows } = await answer<{ rows: readonly { topic: string; nearest: unknown }[] }>(
      client,
      "broadcasts",
      { unheard: true },
    );
    expect(rows.map(({ topic }) => topic)).toContain("counter:udpates");
  });

  it("answers why, each sentence with its events", async () => {
    const why = await answer<{
      verdict: string;
      sentences: readonly { text: string; evidence: readonly number[] }[];
    }>(client, "explain_behavior", {
      question: "Why didn't the counter update when I clicked increment?",
    });
    expect(why.verdict).toBe("warn");
    expect(JSON.stringify(why.sentences)).toContain("counter:udpates");
    for (const { evidence } of why.sentences) expect(evidence.length).toBeGreaterThan(0);
    const all = await answer<{ rows: readonly { detector: string }[] }>(client, "explain_behavior");
    expect(all.rows.map(({ detector }) => detector)).toContain("broadcast_unheard");
  });

  it("tells of a state what changed, and what caused it", async () => {
    const process = "Hello.Counters.Worker";
    const states = await answer<{ rows: readonly { id: number; diff: unknown }[] }>(client, "analyze_state", {
      process,
    });
    expect(states.rows[0]!.diff).toBeTruthy();
    const change = await answer<{ chain: readonly unknown[] }>(client, "analyze_state", {
      process,
      path: "count",
    });
    expect(JSON.stringify(change)).toContain("increment");
  });

  it("asks every other question by its name, and in SQL", async () => {
    const questions = await answer<Record<string, string>>(client, "list_questions");
    expect(Object.keys(questions).length).toBeGreaterThan(30);
    const entry = await answer<{ parameters: readonly { name: string }[] }>(client, "list_questions", {
      question: "message-flow",
    });
    expect(entry.parameters.map(({ name }) => name)).toContain("by");
    const flow = await answer<{ rows: readonly unknown[] }>(client, "query", {
      question: "message-flow",
      parameters: { limit: 3 },
    });
    expect(flow.rows).toHaveLength(3);
    const { rows } = await answer<{ rows: readonly (readonly unknown[])[] }>(client, "query_sql", {
      sql: "SELECT count(*) FROM events",
    });
    expect(Number(rows[0]![0])).toBeGreaterThan(100);
  });

  it("says what is wrong, and what to do", async () => {
    const unknown = await use(client, "query", { question: "colour" });
    expect(unknown).toEqual({ isError: true, text: expect.stringContaining("There is no question colour") });
    const wrong = await use(client, "query", { question: "flow", parameters: { flow: 3 } });
    expect(wrong.text).toMatch(/flow was asked wrongly: flow: .* It takes: flow \(text, needed\)/);
    const nobody = await use(client, "process", { process: "Nobody" });
    expect(nobody.isError).toBe(true);
    expect((await use(client, "query_sql", { sql: "DROP TABLE events" })).isError).toBe(true);
  });

  it("has resources to point at, and prompts to begin with", async () => {
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toContain("elixirscope://recording");
    const { contents } = await client.readResource({ uri: "elixirscope://process/Hello.Counters.Worker" });
    expect((contents[0] as { text: string }).text).toContain("Hello.Counters.Worker");
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(["why", "slow", "crash", "value"]);
    const { messages } = await client.getPrompt({
      name: "why",
      arguments: { what: "the counter did not change" },
    });
    expect(JSON.stringify(messages)).toContain("the counter did not change");
  });
});

describe("on a live node", () => {
  it("attaches, records what is asked for, answers from it, and leaves", async () => {
    const client = await overStdio();
    const started = await answer<{ nodes: readonly { name: string; level: string }[] }>(
      client,
      "start_tracing",
      { node: node.name, patterns: [":counter.bump/1"] },
    );
    expect(started.nodes[0]).toMatchObject({ name: node.name, level: "calls" });
    await node.eval("gen_server:cast(counter, increment), gen_server:call(counter, get)");
    await expect
      .poll(() => answer<{ rows: readonly unknown[] }>(client, "query_execution", { mfa: ":counter.bump/1" }))
      .toMatchObject({ rows: [{ result: { text: "1" } }] });
    const { rows } = await answer<{ rows: readonly { diff: unknown }[] }>(client, "analyze_state", {
      process: ":counter",
    });
    expect(JSON.stringify(rows)).toContain("count");
    const stopped = await answer<{ nodes: readonly { level: string }[] }>(client, "stop_tracing");
    expect(stopped.nodes[0]!.level).toBe("observe");
    const left = await answer<{ nodes: readonly { state: string }[] }>(client, "stop_tracing", {
      detach: true,
    });
    expect(left.nodes[0]!.state).toBe("ended");
  });
});

describe("over HTTP, beside the UI", () => {
  it("answers who has the token, and no page of others", async () => {
    const attached = world.start("attach", node.name, "--json", "--no-open");
    const { url, port } = await attached.firstJson<{ url: string; port: number }>();
    const token = new URL(url).hash.replace("#token=", "");
    const address = new URL(`http://127.0.0.1:${port}/mcp`);
    const client = new Client({ name: "test", version: "1" });
    clients.push(client);
    const headers = { authorization: `Bearer ${token}` };
    await client.connect(new StreamableHTTPClientTransport(address, { requestInit: { headers } }));
    const status = await answer<{ nodes: readonly { name: string }[] }>(client, "status");
    expect(status.nodes[0]!.name).toBe(node.name);
    const post = (extra: Record<string, string>): Promise<number> =>
      fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", ...extra },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
      }).then(({ status: code }) => code);
    expect(await post({})).toBe(401);
    expect(await post({ authorization: "Bearer no" })).toBe(401);
    expect(await post({ ...headers, origin: "http://evil.example" })).toBe(403);
    const { headers: sent } = await fetch(address, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
    });
    expect(sent.get("content-security-policy")).toContain("default-src 'none'");
    attached.signal("SIGINT");
    expect((await attached.finished()).code).toBe(0);
  });
});

describe("what it refuses", () => {
  it("says so before a client is answered", async () => {
    const both = await world.run("mcp", node.name, "--recording", "counter.esrec");
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("either a node or --recording") });
    const missing = await world.run("mcp", "--recording", "missing.esrec");
    expect(missing.code).toBe(3);
  });
});
