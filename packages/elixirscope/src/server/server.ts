import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type WebSocket, WebSocketServer } from "ws";
import type { EngineClient } from "../engine/index.ts";
import {
  CALLER_HEADER,
  callerOf,
  type ErrorAnswer,
  inputSchemas,
  type MethodName,
  type Push,
} from "../protocol/index.ts";
import { Presence } from "./presence.ts";
import { isOwnHost, isOwnOrigin, isToken, SECURITY_HEADERS } from "./security.ts";

export interface ServerOptions {
  readonly engine: EngineClient;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Folder of the built UI. */
  readonly webRoot: string;
  /** Answers the Model Context Protocol at `/mcp`; absent: nobody does. */
  readonly mcp?: (request: Request) => Promise<Response>;
}

export interface RunningServer {
  readonly port: number;
  readonly token: string;
  close(): Promise<void>;
}

const WEBSOCKET_PROTOCOL = "elixirscope.v1";
/** Nobody asks in more; longer bodies are a mistake or an attack. */
const MAX_BODY_BYTES = 1_000_000;
/** Where a page is: its address, and a name. */
const MAX_SAID_BYTES = 32_768;
/** A viewer that does not read is sent no more than this; it gets the newest status once it reads again. */
const MAX_BUFFERED_BYTES = 1_000_000;

/** Serves the UI, the methods and the live channel on loopback. @throws when the port is taken (`SERVER_PORT_TAKEN`) */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const token = randomBytes(24).toString("base64url");
  const bound = { port: options.port ?? 0 };
  const app = application(options, token, bound);
  const server = await listen(app, bound.port);
  bound.port = (server.address() as AddressInfo).port;
  const live = liveChannel(server, options.engine, token, bound.port);
  return {
    port: bound.port,
    token,
    close: async () => {
      live.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(app: Hono, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => resolve(server)) as Server;
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = Object.assign(
        new Error(`Port ${port} is taken. Choose another with --port, or leave it out for a free one.`),
        { code: "SERVER_PORT_TAKEN" },
      );
      reject(error.code === "EADDRINUSE" ? taken : error);
    });
  });
}

function application(options: ServerOptions, token: string, bound: { readonly port: number }): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    secure(context);
    if (
      !isOwnHost(context.req.header("host"), bound.port) ||
      !isOwnOrigin(context.req.header("origin"), bound.port)
    ) {
      return failure(
        context,
        403,
        "SERVER_FOREIGN_ORIGIN",
        "This address is not ours. Open the URL that elixirscope printed.",
      );
    }
    await next();
    // An answer that was made elsewhere (`/mcp`) came without them.
    secure(context);
    return undefined;
  });
  const withToken = async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const given = context.req.header("authorization")?.replace(/^Bearer /, "");
    if (!isToken(given, token)) {
      return failure(
        context,
        401,
        "SERVER_NO_TOKEN",
        "The token is missing or old. Open the URL that elixirscope printed.",
      );
    }
    await next();
    return undefined;
  };
  app.use("/api/*", withToken);
  app.use("/mcp", withToken);
  const { mcp } = options;
  if (mcp) app.all("/mcp", (context) => mcp(context.req.raw));
  app.post("/api/:method", bodyLimit({ maxSize: MAX_BODY_BYTES }), (context) =>
    answer(context, options.engine, context.req.param("method")),
  );
  app.get("*", serveStatic({ root: options.webRoot }));
  // A view's URL is a path of the UI, not a file.
  app.get("*", serveStatic({ root: options.webRoot, path: "index.html" }));
  app.notFound((context) => failure(context, 404, "SERVER_NOT_FOUND", "There is nothing here."));
  app.onError((error, context) => failure(context, 500, "INTERNAL", error.message));
  return app;
}

async function answer(context: Context, engine: EngineClient, method: string): Promise<Response> {
  if (!isMethod(method)) {
    const known = Object.keys(inputSchemas).join(", ");
    return failure(
      context,
      404,
      "SERVER_NO_SUCH_METHOD",
      `There is no method ${method}. There are: ${known}.`,
    );
  }
  const body = await context.req.json<unknown>().catch(() => undefined);
  const checked = inputSchemas[method].safeParse(body);
  if (!checked.success) {
    const problems = checked.error.issues.map(
      (issue) => `${issue.path.join(".") || "body"}: ${issue.message}`,
    );
    return failure(context, 400, "SERVER_BAD_INPUT", `${method} was asked wrongly: ${problems.join("; ")}`);
  }
  const by = callerOf(context.req.header(CALLER_HEADER), context.req.header("origin"));
  try {
    return context.json(await engine.call(method, checked.data as never, context.req.raw.signal, by));
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return failure(
      context,
      code === undefined || code === "INTERNAL" ? 500 : 422,
      code ?? "INTERNAL",
      message,
    );
  }
}

function secure(context: Context): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.header(name, value);
}

const isMethod = (name: string): name is MethodName => Object.hasOwn(inputSchemas, name);

function failure(
  context: Context,
  status: 400 | 401 | 403 | 404 | 422 | 500,
  code: string,
  message: string,
): Response {
  const body: ErrorAnswer = { error: { code, message } };
  return context.json(body, status);
}

/** Head of an answer to a WebSocket that is not taken. */
const REFUSED = Object.entries({ ...SECURITY_HEADERS, Connection: "close", "Content-Length": "0" })
  .map((header) => header.join(": "))
  .join("\r\n");

/** `/api/live`: a browser cannot set headers on a WebSocket, so the token comes as a subprotocol `token.<token>`. */
function liveChannel(server: Server, engine: EngineClient, token: string, port: number): { close(): void } {
  const presence = new Presence();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_SAID_BYTES,
    handleProtocols: () => WEBSOCKET_PROTOCOL,
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal = refusalOf(request, token, port);
    if (refusal) {
      socket.end(`HTTP/1.1 ${refusal}\r\n${REFUSED}\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on("error", () => client.terminate());
      const { said, leave } = presence.join({
        send: (text) => sendTo(client, text),
        refuse: () => client.close(1008, "That was no place, or too many of them."),
      });
      client.on("message", (data, isBinary) =>
        said(!isBinary && Buffer.isBuffer(data) ? data.toString() : ""),
      );
      client.on("close", leave);
      void engine.call("status", {}).then(
        (status) => client.send(JSON.stringify({ type: "status", status } satisfies Push)),
        () => client.close(),
      );
    });
  });
  const off = engine.onPush((push) => {
    const text = JSON.stringify(push);
    for (const client of sockets.clients) sendTo(client, text);
  });
  return {
    close: () => {
      off();
      presence.close();
      for (const client of sockets.clients) client.close(1001, "ElixirScope ends");
      sockets.close();
    },
  };
}

/** Somebody who does not read is sent nothing more: what comes later says all that counts. */
function sendTo(client: WebSocket, text: string): void {
  if (client.bufferedAmount < MAX_BUFFERED_BYTES) client.send(text);
}

function refusalOf(request: IncomingMessage, token: string, port: number): string | undefined {
  const path = request.url?.split("?")[0];
  if (path !== "/api/live") return "404 Not Found";
  if (!isOwnHost(request.headers.host, port) || !isOwnOrigin(request.headers.origin, port))
    return "403 Forbidden";
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
  const given = offered.find((name) => name.startsWith("token."))?.slice("token.".length);
  return isToken(given, token) ? undefined : "401 Unauthorized";
}
