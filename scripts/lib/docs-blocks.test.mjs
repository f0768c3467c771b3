// What can be said of the code blocks of the documentation without a node: each is of a kind that is run or checked, and each
// command is one that the program takes. `test/e2e/docs.test.ts` runs them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../packages/elixirscope/src/cli/program.ts";
import { catalogue, inputSchemas } from "../../packages/elixirscope/src/protocol/index.ts";
import { blocksOf, callsOf, commandsOf, PAGES, stepsOf } from "../../test/testkit/docs-blocks.ts";
import { expected } from "../../test/testkit/docs-output.ts";
import { ROOT } from "./run.mjs";

const BLOCKS = PAGES.flatMap((page) => blocksOf(page));
const where = ({ page, line }) => `${page}:${line}`;
const of = (...languages) => BLOCKS.filter(({ language }) => languages.includes(language));

/** Languages, and what is done with a block of it. */
const KINDS = {
  console: "run in a shell, its output compared",
  sh: "each command is checked, here; those that only ask a recording are run",
  elixir: "run, where it is a session of IEx; parsed in any case",
  sql: "run on a recording",
  json: "checked here by who reads it",
  ts: "compiled",
  js: "run, its output compared",
  sshd_config: "words that sshd knows, checked here",
  text: "a drawing, or a list of commands",
};

/** Other programs that a page may call. */
const OTHERS = [
  "bin/my_app",
  "flamegraph.pl",
  "mix",
  "elixir",
  "iex",
  "cd",
  "export",
  "kill",
  "wait",
  "gunzip",
  "echo",
  "jq",
  "npm",
  "ssh",
  "curl",
];
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const NPM = new Set(["ci", "install", "test"]);

const sink = { isTTY: false, columns: 100, write: () => undefined, line: () => undefined };

/** What is wrong with the arguments, as the program says it; nothing is done. */
async function refusal(args) {
  const { command } = buildProgram({ out: sink, err: sink, env: {}, stdinIsTTY: false }, "0", false);
  const idle = (one) => {
    one.action(() => undefined);
    one.commands.forEach(idle);
  };
  idle(command);
  if (
    args[0] !== undefined &&
    !args[0].startsWith("-") &&
    !command.commands.some((one) => one.name() === args[0])
  )
    return `there is no command ${args[0]}`;
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    return error.message;
  }
  if (args[0] !== "query" || !/^[a-z][a-z-]*$/.test(args[1] ?? "")) return undefined;
  return catalogue().some(({ name }) => name === args[1]) ? undefined : `there is no question ${args[1]}`;
}

/** What is wrong with a call of any program. */
async function complaint([program, ...args]) {
  if (program === "elixirscope") return refusal(args);
  if (program === "npx") return complaint(args);
  if (program === "npm") {
    const script = args[0] === "run" ? args[1] : undefined;
    if (script === undefined) return NPM.has(args[0]) ? undefined : `npm ${args[0]}?`;
    return scripts[script] === undefined ? `package.json has no script ${script}` : undefined;
  }
  if (program === "cd")
    return existsSync(join(ROOT, args[0])) || args[0].startsWith("..") ? undefined : `no ${args[0]}`;
  return OTHERS.includes(program) ? undefined : `${program} is not known here`;
}

const complaints = async (block, command) => {
  const found = [];
  for (const call of callsOf(command)) {
    const wrong = await complaint(call);
    if (wrong !== undefined) found.push(`${where(block)}: ${call.join(" ")}: ${wrong}`);
  }
  return found;
};

describe("the code blocks of the documentation", () => {
  it("are of kinds that are run or checked", () => {
    expect(BLOCKS.length).toBeGreaterThan(60);
    expect(BLOCKS.filter(({ language }) => KINDS[language] === undefined).map(where)).toEqual([]);
  });

  it("have commands that the program takes", async () => {
    const wrong = [];
    for (const block of of("sh"))
      for (const one of commandsOf(block)) wrong.push(...(await complaints(block, one)));
    for (const block of of("console"))
      for (const { command } of stepsOf(block)) wrong.push(...(await complaints(block, command)));
    expect(wrong).toEqual([]);
  });

  it("have lists of commands that are there, with options that they have, or are drawings", () => {
    const { command } = buildProgram({ out: sink, err: sink, env: {}, stdinIsTTY: false }, "0", false);
    const named = (name) => command.commands.find((one) => one.name() === name);
    const wrong = [];
    for (const block of of("text")) {
      const lines = block.text.split("\n").filter((line) => line.startsWith("elixirscope"));
      if (lines.length === 0 && !/[─│└├▶╌═]/.test(block.text))
        wrong.push(`${where(block)}: neither a drawing nor commands`);
      for (const line of lines) {
        const names = /^elixirscope ((?:[a-z-]+(?: \| )?)+)/.exec(line)?.[1].split(" | ") ?? [];
        for (const name of names.map((one) => one.trim().split(" ")[0]))
          if (named(name) === undefined) wrong.push(`${where(block)}: there is no command ${name}`);
        for (const [option] of line.matchAll(/(?<= |\[)--[a-z][a-z-]*[a-z](?![a-z-])/g))
          if (!named(names[0]?.trim())?.options.some(({ long }) => long === option))
            wrong.push(`${where(block)}: ${names[0]} has no ${option}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("have words in them that sshd knows", () => {
    const known = ["Match", "AllowTcpForwarding", "PermitOpen", "PermitTTY", "ForceCommand"];
    const words = of("sshd_config").flatMap(({ text }) => text.match(/^\s*\w+/gm).map((word) => word.trim()));
    expect(words.filter((word) => !known.includes(word))).toEqual([]);
  });

  it("have JSON that its reader takes", async () => {
    for (const block of of("json")) {
      const value = JSON.parse(block.text);
      if (value.mcpServers !== undefined) {
        const { command, args } = value.mcpServers.elixirscope;
        expect(await complaint([command, ...args])).toBeUndefined();
      } else expect(inputSchemas.boundaries.safeParse(value)).toMatchObject({ success: true });
    }
  });
});

describe("docs/cli.md", () => {
  it("names every command in its list", () => {
    const { command } = buildProgram({ out: sink, err: sink, env: {}, stdinIsTTY: false }, "0", false);
    const [list] = blocksOf("docs/cli.md");
    const words = new Set(list.text.match(/[a-z-]+/g));
    expect(command.commands.map((one) => one.name()).filter((name) => !words.has(name))).toEqual([]);
  });
});

describe("docs/mcp.md", () => {
  it("names every tool", async () => {
    const { mcpOverHttp } = await import("../../packages/elixirscope/src/mcp/index.ts");
    const { toolsOf } = await import("./docs-reference.mjs");
    const text = readFileSync(join(ROOT, "docs/mcp.md"), "utf8");
    const tools = await toolsOf(mcpOverHttp);
    expect(tools.length).toBeGreaterThan(20);
    expect(tools.map(({ name }) => name).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("what is printed is what the page says", () => {
  const says = (page, printed, varies = []) => expected(page, varies).test(printed);

  it("up to what is another each time", () => {
    expect(says("took 43.8 µs  [12 14]  #PID<0.1.2>", "took 1,250 ms [7] #PID<0.99.0>")).toBe(true);
    expect(says("f-12  p-3 at 14:18:41.279", "f-999 p-4 at 03:00:00")).toBe(true);
  });

  it("with its own numbers, but for those that are said to vary", () => {
    expect(says("{:count, 7}", "{:count, 8}")).toBe(false);
    expect(says("count 7 of 12", "count 7 of 130", ["12"])).toBe(true);
    expect(says("count 7 of 12", "count 8 of 12", ["12"])).toBe(false);
  });

  it("whole, but for what is left out", () => {
    expect(says("one\n…\nfour", "one\ntwo\nthree\nfour\n")).toBe(true);
    expect(says("one\nfour", "one\ntwo\nfour")).toBe(false);
    expect(says("a … d", "a b\nc d")).toBe(true);
    expect(says("a … d", "a b\nc\nd d")).toBe(false);
  });
});
