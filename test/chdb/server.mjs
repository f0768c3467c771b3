// ClickHouse's own engine behind its HTTP interface, for tests: as much of it as `@clickhouse/client` uses. The engine is
// chDB, in this process; that nobody may come in without a password, and a server's exceptions, are told as a server does.
// node server.mjs FOLDER [PORT]; says `ready PORT`.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Session } from "chdb";

const [folder, port = "0"] = process.argv.slice(2);
const user = process.env.CHDB_USER ?? "default";
const password = process.env.CHDB_PASSWORD ?? "";
const uploads = join(folder, "uploads");
mkdirSync(uploads, { recursive: true });
// Keeps the engine while no request is under way.
const engine = new Session(join(folder, "data"));

/** Parameters of the interface itself; all others are settings. */
const OWN = new Set(["query", "query_id", "database", "default_format"]);
/** Of a server's HTTP interface: the engine does not know them. */
const HTTP_ONLY = /^(wait_end_of_query|enable_http_compression|http_.*|send_progress_in_http_headers)$/;

let requests = 0;

/** A statement whose rows follow in the body takes them from a file here: the engine has no body. */
function withRows(statement, body) {
  const [, head] = /^(INSERT INTO \S+) FORMAT Native$/s.exec(statement.trim()) ?? [];
  if (!head) throw new Error(`Code: 62. DB::Exception: no rows can follow ${statement}. (SYNTAX_ERROR)`);
  const file = join(uploads, `${requests++}.native`);
  writeFileSync(file, body);
  return { file, statement: `${head} SELECT * FROM file('${file}', 'Native')` };
}

function preamble(params) {
  const database = params.get("database");
  const settings = [...params].filter(([name]) => !OWN.has(name) && !HTTP_ONLY.test(name));
  const readonly = settings.filter(([name]) => name === "readonly");
  const others = settings.filter(([name]) => name !== "readonly");
  const set = ([name, value]) => `SET ${name} = '${value.replaceAll("'", "''")}';`;
  return [database ? `USE \`${database}\`;` : "", ...others.map(set), ...readonly.map(set)].join(" ");
}

async function run(params, body) {
  const inUrl = params.get("query");
  const rows = inUrl !== null && body.byteLength > 0 ? withRows(inUrl, body) : undefined;
  const statement = rows?.statement ?? inUrl ?? body.toString();
  const session = new Session(join(folder, "data"));
  try {
    const [, format] = /\sFORMAT\s+(\w+)\s*$/i.exec(statement) ?? [];
    const result = await session.queryAsync(`${preamble(params)} ${statement}`, {
      format: format ?? "TabSeparated",
    });
    return Buffer.from(result.bytes());
  } finally {
    session.close();
    if (rows) rmSync(rows.file, { force: true });
  }
}

function refuse(response, status, text) {
  const [, code] = /Code: (\d+)/.exec(text) ?? [];
  response.writeHead(status, code ? { "X-ClickHouse-Exception-Code": code } : {});
  response.end(text);
}

const granted = (header) =>
  header === `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` ||
  (header === undefined && password === "");

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (pathname === "/ping") return response.end("Ok.\n");
    if (!granted(request.headers.authorization)) {
      return refuse(
        response,
        403,
        "Code: 516. DB::Exception: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)",
      );
    }
    run(searchParams, Buffer.concat(chunks)).then(
      (bytes) => response.end(bytes),
      (error) => refuse(response, 500, error.message),
    );
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log(`ready ${server.address().port}`));

function stop() {
  server.close();
  server.closeAllConnections();
  engine.close();
  process.exit(0);
}
process.on("SIGTERM", stop);
process.on("disconnect", stop);
