import { lookup } from "node:dns/promises";
import { CliError, EXIT, messageOf, usageError } from "../errors.ts";

/** An application's Tidewave, over which Elixir can be evaluated in it. */
export interface Tidewave {
  /** Where it is, for a person. */
  readonly url: string;
  /**
   * The words behind `elixirscope` in what the code comes to.
   * @throws CliError `CLI_TIDEWAVE_FAILED` where it comes to something else
   */
  evaluate(code: string, args: readonly string[]): Promise<readonly [word: string, rest: string]>;
  close(): Promise<void>;
}

const TOOL = "project_eval";
/** A request may wait for the application to be compiled anew. */
const TIMEOUT_MS = 60_000;

/**
 * The address of Tidewave's MCP server, from that of the application.
 * @throws CliError wrong use, for all that is not on this machine
 */
export async function tidewaveUrl(given: string): Promise<URL> {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== "http:") {
    throw usageError(`${given} is no address such as http://localhost:4000.`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await lookup(host, { all: true }).catch(() => []);
  if (addresses.length === 0 || !addresses.every(({ address }) => /^127\.|^::1$/.test(address))) {
    throw usageError(
      `${url.host} is not on this machine; code is evaluated on loopback addresses only.`,
      "Run ElixirScope where the application runs, and give the address as http://localhost:PORT.",
    );
  }
  if (url.username !== "" || url.password !== "") throw usageError("The address has a password in it.");
  if (!url.pathname.endsWith("/mcp"))
    url.pathname = url.pathname.replace(/\/?(tidewave\/?)?$/, "/tidewave/mcp");
  return url;
}

/** @throws CliError `CLI_NO_TIDEWAVE`, `CLI_TIDEWAVE_REFUSED`, `CLI_TIDEWAVE_NO_EVAL` */
export async function connectTidewave(url: URL): Promise<Tidewave> {
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const client = new Client({ name: "elixirscope", version: "1" });
  const seen: { status?: number } = {};
  const once: typeof fetch = async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "error" });
    seen.status = response.status;
    return response;
  };
  try {
    await client.connect(new StreamableHTTPClientTransport(url, { fetch: once }), { timeout: TIMEOUT_MS });
    const { tools } = await client.listTools(undefined, { timeout: TIMEOUT_MS });
    if (!tools.some(({ name }) => name === TOOL)) throw noEval(url, client.getServerVersion()?.name);
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error instanceof CliError ? error : noTidewave(url, seen.status, error);
  }
  return {
    url: url.origin,
    close: () => client.close(),
    evaluate: async (code, args) => {
      const answer = await client
        .callTool({ name: TOOL, arguments: { code, arguments: args } }, { timeout: TIMEOUT_MS })
        .catch((error: unknown) => {
          throw failed(messageOf(error), error);
        });
      const parts = Array.isArray(answer.content) ? (answer.content as readonly { text?: unknown }[]) : [];
      const said = parts.map(({ text }) => (typeof text === "string" ? text : "")).join("\n");
      const [, word, rest] = /"elixirscope (\w+) ([^"]*)"\s*$/.exec(said) ?? [];
      if (answer.isError === true || word === undefined) throw failed(said);
      return [word, rest ?? ""];
    },
  };
}

const failed = (said: string, cause?: unknown): CliError =>
  new CliError(
    "CLI_TIDEWAVE_FAILED",
    `Tidewave did not evaluate the code: ${said.trim().slice(0, 500) || "no answer"}`,
    {
      hint: "Restart the application under ElixirScope: elixirscope run -- mix phx.server",
      cause,
    },
  );

const noEval = (url: URL, server = "a server"): CliError =>
  new CliError("CLI_TIDEWAVE_NO_EVAL", `At ${url.href} is ${server}, without the tool ${TOOL}.`, {
    exit: EXIT.refused,
    hint: "Tidewave has it unless it is left out; another way in: elixirscope run -- mix phx.server",
  });

function noTidewave(url: URL, status: number | undefined, cause: unknown): CliError {
  if (status === 403) {
    return new CliError("CLI_TIDEWAVE_REFUSED", `Tidewave at ${url.href} refuses us (403).`, {
      exit: EXIT.refused,
      hint: "It takes requests from its own machine only, and none that come through a proxy or a container's port.",
      cause,
    });
  }
  const said = status === undefined ? "nothing answers there" : `its answer is no MCP (HTTP ${status})`;
  return new CliError("CLI_NO_TIDEWAVE", `There is no Tidewave at ${url.href}: ${said}.`, {
    exit: EXIT.notFound,
    hint: "Is the application up, on this port, with `plug Tidewave` in its endpoint? Another way in: elixirscope run -- mix phx.server",
    cause,
  });
}
