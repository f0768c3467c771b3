// ExUnit tests made of what sound applications were seen to do: `mix test` passes with these, and fails with a fault in them.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Engine } from "elixirscope/engine";
import type { GenerateTestsAnswer, GenerateTestsInput } from "elixirscope/protocol";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { elixir, startElixirNode } from "../testkit/elixir-node.ts";
import type { ErlangNode } from "../testkit/erlang-node.ts";
import { loadFault, startFault } from "../testkit/faults.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples");
const FAULTS = ["bank", "feed", "importer", "orders", "report", "stock", "visits", "weather"] as const;

/** What is recorded, and how the code is changed: by the application's fault, or a line that is replaced. */
interface Behaviour {
  readonly name: string;
  readonly process: string;
  /** Of the state that the callback left; without it of all. */
  readonly state?: string;
  readonly form?: GenerateTestsInput["form"];
  readonly fault: string | readonly [file: string, line: string, changed: string];
}

const BEHAVIOURS: readonly Behaviour[] = [
  { name: "an entry is written down", process: "Bank.Ledger", fault: "bank" },
  { name: "the twentieth line", process: "Feed.Source", state: "21", fault: "feed" },
  { name: "rows are loaded", process: "Importer.Worker", fault: "importer" },
  { name: "the audit is told", process: "Orders.Desk", fault: "orders" },
  { name: "a report", process: "Report.Words", fault: "report" },
  { name: "something is sold", process: "Stock.Ann", fault: "stock" },
  { name: "a visit ends", process: "Visits.Visit*", fault: "visits" },
  { name: "something is measured", process: "Weather.Sensor", fault: "weather" },
  {
    name: "a count",
    process: "Hello.Counter",
    fault: ["counter.ex", "state.count + 1}", "state.count + 2}"],
  },
  {
    name: "a receipt",
    process: "Hello.Till",
    fault: ["till.ex", "receipts: state.receipts + 1}", "receipts: state.receipts}"],
  },
  {
    name: "the till, one customer after the other",
    process: "Hello.Till",
    form: "conversation",
    fault: ["till.ex", "taken: state.taken + cents", "taken: state.taken"],
  },
  {
    name: "what is on display",
    process: "Hello.CounterView",
    fault: ["counter_view.ex", "displayed: count,", "displayed: count + 1,"],
  },
  {
    name: "a click",
    process: "Hello.Worker",
    fault: ["worker.ex", "Hello.Audit.note({:increment, caller, count})", "_ = caller"],
  },
];

let node: ErlangNode;
let engine: Engine;
let folder: string;
const made = new Map<string, GenerateTestsAnswer>();

const generate = (input: GenerateTestsInput): Promise<GenerateTestsAnswer> =>
  engine.call("generateTests", input);

const execute = promisify(execFile);

/** Its exit code, and all that it wrote. */
async function mix(
  cwd: string,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const options = { cwd, env: { ...process.env, MIX_ENV: "test" } };
  try {
    const { stdout, stderr } = await execute("mix", args, options);
    return { code: 0, text: `${stdout}${stderr}` };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: `${stdout}${stderr}` };
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "generated-tests-"));
  node = await startElixirNode({ name: "generated_tests" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  for (const name of FAULTS) await loadFault(node, join(EXAMPLES, "faults"), name, false);
  await elixir(
    node,
    `Path.wildcard(${JSON.stringify(join(EXAMPLES, "hello_otp/lib/**/*.ex"))}) |> Kernel.ParallelCompiler.compile(return_diagnostics: true)
    :ok`,
  );
  engine = await Engine.start({ version: "0.0.0" });
  await engine.call("attach", { node: node.name, cookie: node.cookie, level: "state" });
  for (const name of FAULTS) await startFault(node, name);
  await elixir(
    node,
    `caller = self()
    spawn(fn ->
      children = [Hello.PubSub, Hello.Audit, Hello.Counter, Hello.CounterView, Hello.Worker, Hello.Till]
      {:ok, _} = Supervisor.start_link(children, strategy: :one_for_one)
      for _ <- 1..2, do: Hello.Worker.increment()
      2 = Hello.Counter.get()
      2 = Hello.CounterView.displayed()
      {:ok, 1} = Hello.Till.pay("ada", 500)
      {:error, :nothing_to_pay} = Hello.Till.pay("ben", 0)
      500 = Hello.Till.taken()
      send(caller, :done)
      Process.sleep(:infinity)
    end)
    receive do :done -> :ok end`,
  );
  await vi.waitFor(async () => expect(await statesOf("Feed.Source")).toContain("22"), { timeout: 30_000 });
  await engine.call("detach", {});
  for (const { name, process: who, state, form } of BEHAVIOURS) {
    const input = state === undefined ? { process: who, form } : { events: [await eventOf(who, state)] };
    made.set(name, await generate(input));
  }
}, 60_000);
afterAll(async () => {
  await engine.stop();
  await node.stop();
  rmSync(folder, { recursive: true });
});

async function statesOf(name: string): Promise<readonly string[]> {
  const { rows } = await engine.call("states", { process: name, limit: 1_000 });
  return rows.map(({ state }) => state.text);
}

async function eventOf(name: string, state: string): Promise<number> {
  const { rows } = await engine.call("states", { process: name, limit: 1_000 });
  return rows.find((row) => row.state.text === state)!.id;
}

/** A project with the applications and all tests; `faulty`: with their faults. */
function project(name: string, faulty: boolean): string {
  const root = join(folder, name);
  cpSync(join(EXAMPLES, "hello_otp"), root, {
    recursive: true,
    filter: (file) => !/_build|deps|test$/.test(file),
  });
  for (const app of FAULTS) cpSync(join(EXAMPLES, "faults", app, "app.ex"), join(root, "lib", `${app}.ex`));
  const late: string[] = [];
  for (const { fault } of BEHAVIOURS) {
    if (!faulty) continue;
    if (typeof fault === "string") late.push(join(EXAMPLES, "faults", fault, "faulty.ex"));
    else {
      const [file, line, changed] = fault;
      const path = join(root, "lib/hello", file);
      const source = readFileSync(path, "utf8");
      expect(source).toContain(line);
      writeFileSync(path, source.replace(line, changed));
    }
  }
  for (const [i, answer] of [...made.values()].entries()) {
    const path = join(root, "test", `${i}_${answer.path.split("/").at(-1)!}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, answer.source);
  }
  writeFileSync(
    join(root, "test/test_helper.exs"),
    `Code.compiler_options(ignore_module_conflict: true)\nfor file <- ${JSON.stringify(late)}, do: Code.compile_file(file)\nExUnit.start()\n`,
  );
  return root;
}

describe("tests made of recorded behaviours", () => {
  it("tell what they were not made of, and why [testgen.refused]", async () => {
    const supervisor = await generate({ process: "Visits.Supervisor" });
    expect(supervisor).toMatchObject({ source: "", path: "", tests: [] });
    expect(supervisor.left[0]!.why).toContain("would start or stop processes");
    await expect(generate({ process: ":init" })).rejects.toMatchObject({ code: "QUERY_NO_CALLBACKS" });
  });

  it("pass on the code that was recorded, and are laid out as mix format leaves them [testgen.sound] [testgen.format] [testgen.conversation]", async () => {
    const root = project("sound", false);
    for (const [name, { tests, left }] of made)
      expect({ name, tests: tests.length, left }).not.toMatchObject({ tests: 0 });
    const format = await mix(root, "format", "--check-formatted", "test/*_test.exs");
    expect(format.text).toBe("");
    const { code, text } = await mix(root, "test");
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).not.toContain("warning");
  });

  it("fail with a fault in it, each of them [testgen.faulty]", async () => {
    const root = project("faulty", true);
    const { text } = await mix(root, "test");
    const failed = [...text.matchAll(/^\s+\d+\) test .* \(([\w.]+)\)/gm)].map(([, module]) => module);
    for (const [name, { tests }] of made)
      expect({ name, failed, module: tests[0]!.module }).toMatchObject({
        failed: expect.arrayContaining([tests[0]!.module]),
      });
  });
});
