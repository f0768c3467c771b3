/**
 * What Tidewave serves at `/tidewave/mcp`, in front of a real Elixir node: MCP over HTTP with plain JSON answers, no stream, and
 * the tool `project_eval`, which evaluates in that node and answers what the value prints as. The node is reached over its standard
 * input, so that it need not be distributed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ErlangNode } from "./erlang-node.ts";

export interface TidewaveServer {
  readonly url: string;
  /** All bodies of requests. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

export interface TidewaveServerOptions {
  /** Names of its tools; default: `project_eval`. */
  readonly tools?: readonly string[];
  /** It answers this to everything. */
  readonly status?: number;
  /** In front of all code. */
  readonly prelude?: string;
  /** How the node sees a path of ours, where it is in a container. */
  readonly pathsSeen?: (path: string) => string;
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly arguments?: Partial<Call> };
}

interface Call {
  readonly code: string;
  readonly arguments: readonly string[];
}

/** What `project_eval` answers: the value of the code, with its arguments, or how it failed. */
async function evaluated(node: ErlangNode, call: Call): Promise<unknown> {
  const { code, arguments: args } = call;
  const [text = "", ...list] = [code, ...args].map(
    (part) => `base64:decode("${Buffer.from(part).toString("base64")}")`,
  );
  const printed = await node
    .eval(
      `{Value, _} = 'Elixir.Code':eval_string(${text}, [{arguments, [${list.join(",")}]}]),
       base64:encode_to_string('Elixir.Kernel':inspect(Value))`,
    )
    .then(
      (base64) => ({
        text: Buffer.from(base64.replaceAll(/["\s]/g, ""), "base64").toString(),
        isError: false,
      }),
      (error: Error) => ({
        text: `** ${/^(?:error|exit|throw): .*$/m.exec(error.message)?.[0]}`,
        isError: true,
      }),
    );
  return { content: [{ type: "text", text: printed.text }], ...(printed.isError ? { isError: true } : {}) };
}

async function answer(node: ErlangNode, options: TidewaveServerOptions, message: Message): Promise<unknown> {
  const { tools = ["project_eval"], prelude = "", pathsSeen = String } = options;
  switch (message.method) {
    case "initialize":
      return {
        protocolVersion: "2025-03-26",
        capabilities: { tools: { listChanged: false } },
        serverInfo: { name: "Tidewave MCP Server", version: "0.9.0" },
      };
    case "tools/list":
      return { tools: tools.map((name) => ({ name, description: "", inputSchema: { type: "object" } })) };
    case "tools/call":
      return evaluated(node, {
        code: prelude + (message.params?.arguments?.code ?? ""),
        arguments: message.params?.arguments?.arguments?.map(pathsSeen) ?? [],
      });
    default:
      return {};
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export async function startTidewave(
  node: ErlangNode,
  options: TidewaveServerOptions = {},
): Promise<TidewaveServer> {
  const requests: string[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const end = (status: number, body = ""): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    };
    const text = await bodyOf(request);
    if (options.status !== undefined) return end(options.status, "no");
    if (request.url !== "/tidewave/mcp") return end(404, "Not Found");
    if (request.headers.origin !== undefined) return end(403, "no origin");
    if (request.method !== "POST") return end(405, "Method Not Allowed");
    requests.push(text);
    const message = JSON.parse(text) as Message;
    if (message.id === undefined) return end(202, '{"status":"ok"}');
    const result = await answer(node, options, message);
    end(200, JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
