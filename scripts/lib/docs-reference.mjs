// Pages that are made of the source itself: whatever they say is so.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, runQuietly } from "./run.mjs";
import { unicode } from "./system.mjs";

const DIST = join(ROOT, "packages/elixirscope/dist");
const PACKAGE = join(ROOT, "agent/elixir");
const WIDTH = 100;

const fenced = (language, text) => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;
/** For a cell of a table. */
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");

/** The help of every command, as `elixirscope help COMMAND` prints it. */
async function commands() {
  const { buildProgram } = await import(join(DIST, "cli/program.js"));
  const { EXIT_CODES_TEXT } = await import(join(DIST, "cli/help-text.js"));
  let text = "";
  const sink = { isTTY: false, columns: WIDTH, write: (some) => (text += some) };
  const { command } = buildProgram({ out: sink, err: sink, env: {}, stdinIsTTY: false }, "", false);
  const helpOf = (one) => {
    text = "";
    one.outputHelp();
    return text;
  };
  const parts = command.commands.map((one) => `## ${one.name()}\n\n${fenced("text", helpOf(one))}`).sort();
  return `# Commands and options

What \`elixirscope help COMMAND\` prints. [The command line](/cli) says what it means.

${fenced("text", helpOf(command))}
${fenced("text", EXIT_CODES_TEXT)}
${parts.join("\n")}`;
}

const parametersTable = (parameters) =>
  parameters.length === 0
    ? "It takes none.\n"
    : `| parameter | type | what |\n|---|---|---|\n${parameters
        .map(({ name, type, required, values, help }) => {
          const of = values.length > 0 ? values.map((value) => `\`${value}\``).join(", ") : type;
          return `| \`${name}\`${required ? " (needed)" : ""} | ${of} | ${cell(help)} |`;
        })
        .join("\n")}\n`;

/** What can be asked by name, and how over HTTP. */
async function questions() {
  const { catalogue, SCHEMA_VERSION } = await import(join(DIST, "protocol/index.js"));
  const parts = catalogue().map(
    ({ name, method, summary, parameters }) =>
      `## ${name}\n\n${summary}. \`POST /api/${method}\`\n\n${parametersTable(parameters)}`,
  );
  return `# Questions and HTTP API

Each question can be asked by \`elixirscope query NAME parameter=value\`, by the MCP tool \`query\`, from Elixir with
\`ElixirScope.Door.ask/2\`, and over HTTP at the port of the UI: \`POST /api/METHOD\` with a JSON object and the token of the
UI's address as \`Authorization: Bearer …\`. The answer is JSON; an error has a status from 400 on, with \`code\` and \`message\`.
Version of the protocol: ${SCHEMA_VERSION}.

${parts.join("\n")}`;
}

const typeOf = (schema) => {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  const any = schema.anyOf ?? schema.oneOf;
  if (any) return any.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  return schema.type ?? "any";
};

function schemaTable({ properties = {}, required = [] }) {
  const rows = Object.entries(properties).map(
    ([name, schema]) =>
      `| \`${name}\`${required.includes(name) ? " (needed)" : ""} | ${typeOf(schema)} | ${cell(schema.description ?? "")} |`,
  );
  return rows.length === 0
    ? "It takes none.\n"
    : `| parameter | type | what |\n|---|---|---|\n${rows.join("\n")}\n`;
}

/** The tools as a client is told of them. Nothing is asked of the record for that. */
export async function toolsOf(mcpOverHttp) {
  const asker = { call: () => Promise.reject(new Error("the record is not asked")) };
  const answer = await mcpOverHttp(
    asker,
    "0",
  )(
    new Request("http://127.0.0.1/mcp", {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
    }),
  );
  const text = await answer.text();
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text).result.tools;
}

async function mcpTools() {
  const { mcpOverHttp } = await import(join(DIST, "mcp/index.js"));
  const parts = (await toolsOf(mcpOverHttp)).map(
    ({ name, description, inputSchema }) =>
      `## ${name}\n\n${cell(description)}\n\n${schemaTable(inputSchema)}`,
  );
  return `# MCP tools

What a client is told. [Coding assistants](/mcp) says how it is set up.

${parts.join("\n")}`;
}

/** From the compiled package, as \`h\` in IEx shows it. */
async function elixirApi() {
  const build = mkdtempSync(join(tmpdir(), "elixirscope-docs-"));
  const options = { cwd: PACKAGE, env: { ...unicode(), MIX_BUILD_PATH: build, MIX_ENV: "dev" } };
  try {
    await runQuietly("mix", ["compile"], "the Elixir package does not compile", options);
    const script = join(ROOT, "scripts/lib/elixir-docs.exs");
    const { stdout } = await runQuietly(
      "elixir",
      [script, join(build, "lib/elixirscope/ebin")],
      "the documentation of the Elixir package cannot be read",
      options,
    );
    return `# Elixir API\n\n[From IEx and code](/elixir) says how it is set up. The examples are doctests.\n\n${stdout}`;
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

/** Their texts by the names in docs-pages.mjs. */
export async function madePages() {
  return {
    commands: await commands(),
    questions: await questions(),
    "mcp-tools": await mcpTools(),
    "elixir-api": await elixirApi(),
  };
}
