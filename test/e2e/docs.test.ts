// The documentation, typed as it stands: commands in a shell, against real nodes where a page starts them; sessions of IEx, SQL
// and JavaScript likewise. What can be said of blocks without running them is checked by scripts/lib/docs-blocks.test.mjs.
import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Block,
  blocksOf,
  callsOf,
  commandsOf,
  PAGES,
  pageText,
  ROOT,
  stepsOf,
} from "../testkit/docs-blocks.ts";
import { expected } from "../testkit/docs-output.ts";
import { PageShell } from "../testkit/docs-shell.ts";
import { type Epmd, startEpmd } from "../testkit/erlang-node.ts";
import { CliWorld } from "./support/cli-process.ts";
import { unpackedAs } from "./support/recordings.ts";

const run = promisify(execFile);
const MAIN = join(ROOT, "packages/elixirscope/dist/cli/main.js");
const LIMIT_MS = 600_000;
/** Pages at a time: most of their time nodes and commands wait. */
const AT_A_TIME = 4;

/** Recordings that pages speak of, where it matters which one. */
const RECORDINGS: Readonly<Record<string, string>> = {
  "pages.esrec": "phoenix-1.8-pages",
  "shop.esrec": "ecto",
};
/** Commands that only ask; nothing that stays, attaches, sends or asks a model. */
const ASKS =
  /^(?:ps|tree|events|calls|states|snapshot|step|until|why-changed|flows?|executions|crash(?:es)?|history|inventory|aggregate|message-flow|path|critical|hot|flame|waits|call-graph|slowest|last-events|ask|diagnose|query|requests?|queries|jobs|liveviews?|channels|presence|topics|broadcasts|export|merge|diff|generate-tests)$/;
/** Commands in `sh` blocks that are run and write a recording. */
const MAKES = /^elixirscope (?:export|merge) /;
const NOT_HERE = /clickhouse:|--model|--node|--endpoint|--follow/;

let epmd: Epmd;
beforeAll(async () => {
  epmd = await startEpmd();
});
afterAll(() => epmd.stop());

let running = 0;
const waiting: (() => void)[] = [];

/** A home for a page, with what its reader has: the program in the path, the repository around, recordings. */
async function withHome(page: string, use: (world: CliWorld) => Promise<void>): Promise<void> {
  if (running >= AT_A_TIME) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  const world = await CliWorld.create({ epmdPort: epmd.port, cookie: "a-cookie-of-the-documentation" });
  try {
    mkdirSync(world.path("bin"));
    writeFileSync(world.path("bin/elixirscope"), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
    chmodSync(world.path("bin/elixirscope"), 0o755);
    const ours = (path: string): boolean => !/\/(?:_build|deps)(?:\/|$)/.test(path);
    for (const folder of ["examples", "test/recordings"])
      cpSync(join(ROOT, folder), world.path(folder), { recursive: true, filter: ours });
    const text = `${pageText(page)} load.esrec`;
    // What the page makes itself is not there before: a file that exists is never written over.
    const typed = blocksOf(page).flatMap((block) =>
      block.language === "console" ? [block.text] : commandsOf(block).filter((one) => MAKES.test(one)),
    );
    const made = typed.join("\n");
    for (const name of new Set(text.match(/[\w-]+\.esrec\b(?!\.gz)/g)))
      if (!new RegExp(`(?:--out|-o|>) ${name}`).test(made))
        unpackedAs(world, name, RECORDINGS[name] ?? "phoenix-1.8");
    await use(world);
  } finally {
    await world.remove();
    running -= 1;
    waiting.shift()?.();
  }
}

const at = ({ page, line }: Block): string => `${page}:${line}`;

/**
 * As its reader sees it; gives what was otherwise. Of what runs in the background only that its lines come: it may say more.
 */
async function typeConsole(shell: PageShell, block: Block): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { command, output } of stepsOf(block)) {
    if (command.endsWith("&")) {
      const lines = output.split("\n").map((line) => expected(line, block.varies));
      await shell.start(command, (said) =>
        lines.every((line) => said.split("\n").some((one) => line.test(one))),
      );
      continue;
    }
    const { output: printed } = await shell.run(command);
    if (!expected(output, block.varies).test(printed))
      wrong.push(`${at(block)}: $ ${command}\n--- is said to print\n${output}\n--- prints\n${printed}`);
  }
  return wrong;
}

/** Each answers, or says that nothing matches. */
async function runQuestions(world: CliWorld, block: Block): Promise<void> {
  const ask = async (command: string): Promise<void> => {
    const [call, ...more] = callsOf(command);
    const [program, name, ...rest] = call ?? [];
    if (program !== "elixirscope" || name === undefined || more.length > 0 || !ASKS.test(name)) return;
    if (NOT_HERE.test(command) || (!rest.includes("--recording") && name !== "merge")) return;
    const { code, stderr } = await world.run(name, ...rest);
    if (code !== 0 && code !== 3) throw new Error(`${at(block)}: ${command}\nexit code ${code}\n${stderr}`);
  };
  // Two by two: a command mostly waits for its file.
  const commands = commandsOf(block);
  for (let i = 0; i < commands.length; i += 2) await Promise.all(commands.slice(i, i + 2).map(ask));
}

async function runSql(world: CliWorld, block: Block): Promise<void> {
  const instance = await DuckDBInstance.create(world.path("load.esrec"), { access_mode: "READ_ONLY" });
  const connection: DuckDBConnection = await instance.connect();
  try {
    await connection.run(`SET file_search_path = '${world.home}'`);
    for (const query of block.text.split(/;\n|;$/).filter((one) => one.trim() !== "")) {
      const { currentRowCount } = await connection.runAndReadAll(query);
      expect({ at: at(block), query, rows: currentRowCount > 0 }).toMatchObject({ rows: true });
    }
  } finally {
    connection.disconnectSync();
    instance.closeSync();
  }
}

const RUN = new Set(["console", "sh", "sql"]);
/** Its SQL is ClickHouse's. */
const isForDuckDb = ({ page, language }: Block): boolean =>
  language === "sql" && page !== "docs/clickhouse.md";
const pages = PAGES.filter((page) =>
  blocksOf(page).some(
    (block) =>
      block.language === "console" ||
      isForDuckDb(block) ||
      (block.language === "sh" && /--recording/.test(block.text)),
  ),
);

describe.concurrent("what a page shows of a shell happens so", () => {
  it.each(pages)("%s [docs.commands]", { timeout: LIMIT_MS }, (page) =>
    withHome(page, async (world) => {
      const env = { ...world.env, NO_COLOR: "1", PATH: `${world.path("bin")}:${world.env.PATH ?? ""}` };
      const shell = new PageShell(world.home, world.home, env);
      const wrong: string[] = [];
      try {
        for (const block of blocksOf(page).filter(({ language }) => RUN.has(language)))
          if (block.language === "console") wrong.push(...(await typeConsole(shell, block)));
          else if (block.language === "sh") await runQuestions(world, block);
          else if (isForDuckDb(block)) await runSql(world, block);
      } finally {
        await shell.close();
      }
      if (wrong.length > 0) throw new Error(wrong.join("\n\n"));
    }),
  );
});

/** The expressions of an IEx session with what is shown below each; of other Elixir the whole. */
function expressionsOf({ text }: Block): readonly { readonly source: string; readonly shown: string }[] {
  if (!/^iex>/m.test(text)) return [{ source: text, shown: "" }];
  return text
    .split(/^iex> /m)
    .slice(1)
    .map((part) => {
      const [first = "", ...rest] = part.split("\n");
      const more = rest.filter((line) => line.startsWith("...>")).map((line) => line.slice(5));
      return { source: [first, ...more].join("\n"), shown: rest.slice(more.length).join("\n") };
    });
}

const ELIXIR = PAGES.flatMap((page) => blocksOf(page)).filter(({ language }) => language === "elixir");
/** Evaluated on a node; the others are pieces of a project. */
const SESSIONS = ["README.md", "agent/elixir/README.md", "examples/hello_otp/README.md"];
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("Elixir", () => {
  it("can be read, all of it [docs.code]", async () => {
    const sources = ELIXIR.flatMap((block) =>
      expressionsOf(block).map(({ source }) => `${at(block)} ${base64(source)}`),
    );
    const parse = `for source <- System.argv() do
      [at, code] = String.split(source, " ")
      code |> Base.decode64!() |> Code.string_to_quoted!(file: at)
    end`;
    await run("elixir", ["-e", parse, "--", ...sources]);
  });

  it("does on a node what the pages say [docs.code]", { timeout: LIMIT_MS }, () =>
    withHome("examples/hello_otp/README.md", async (world) => {
      const blocks = ELIXIR.filter(
        ({ page, text }) => SESSIONS.includes(page) && !text.startsWith("# mix.exs"),
      );
      const expressions = blocks.flatMap((block) => expressionsOf(block).map((one) => ({ block, ...one })));
      const file = world.path("expressions");
      writeFileSync(file, expressions.map(({ source }) => `${base64(source)}\n`).join(""));
      const env = {
        ...world.env,
        ELIXIRSCOPE_COMMAND: `${process.execPath} ${MAIN}`,
        HELLO_LOAD: "0",
        MIX_ENV: "dev",
        NO_COLOR: "1",
      };
      const build = { cwd: join(ROOT, "agent/elixir"), env: { ...env, MIX_BUILD_PATH: world.path("build") } };
      await run("mix", ["compile"], build);
      const ebin = world.path("build/lib/elixirscope/ebin");
      const script = join(import.meta.dirname, "support/docs-session.exs");
      const { stdout } = await run("elixir", ["-pa", ebin, "-S", "mix", "run", script, file], {
        cwd: world.path("examples/hello_otp"),
        env,
      });
      const given = stdout.replace(/^[\s\S]*?Generated hello_otp app\n/, "").split("\n@end@\n");
      for (const [i, { block, source, shown }] of expressions.entries())
        if (shown.trim() !== "" && !expected(shown, block.varies).test(given[i] ?? ""))
          expect.soft(given[i], `${at(block)}: ${source}`).toBe(shown);
      expect(given.length).toBe(expressions.length + 1);
    }),
  );
});

describe("JavaScript and TypeScript", () => {
  const folder = mkdtempSync(join(ROOT, "test/.docs-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("prints what stands behind it [docs.code]", async () => {
    for (const block of PAGES.flatMap((page) => blocksOf(page)).filter(({ language }) => language === "js")) {
      const file = join(folder, "block.mjs");
      writeFileSync(file, block.text);
      const { stdout } = await run(process.execPath, [file]);
      const shown = Array.from(block.text.matchAll(/\/\/ (.*)$/gm), ([, text]) => text).join("\n");
      expect(stdout).toMatch(expected(shown, block.varies));
    }
  });

  it("is typed as it is written [docs.code]", async () => {
    for (const block of PAGES.flatMap((page) => blocksOf(page)).filter(({ language }) => language === "ts")) {
      const file = join(folder, "block.mts");
      writeFileSync(file, block.text);
      const options = [
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2023",
        "--module",
        "nodenext",
      ];
      await run(join(ROOT, "node_modules/.bin/tsc"), [...options, "--types", "node", "--ignoreConfig", file]);
    }
  });
});

describe("SQL of ClickHouse", () => {
  it("grants rights on databases that a recording has [docs.code]", () => {
    const source = pageText("packages/elixirscope/src/store/clickhouse/address.ts");
    for (const { text } of blocksOf("docs/clickhouse.md").filter(({ language }) => language === "sql"))
      for (const statement of text.split("\n"))
        expect(statement).toMatch(
          /^(?:CREATE USER \w+ IDENTIFIED BY '…'|GRANT [A-Z, ]+ ON `elixirscope_\*`\.\* TO \w+);$/,
        );
    expect(source).toContain(`DATABASE_PREFIX = "elixirscope_"`);
  });
});
