// The Elixir package on a real node, asking a real ElixirScope: its own suite under `elixirscope run`, and what only shows from outside.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Epmd, startEpmd } from "../testkit/erlang-node.ts";

const PACKAGE = fileURLToPath(new URL("../../agent/elixir", import.meta.url));
const MAIN = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));
/** ElixirScope cannot be started from inside another system's root. */
const ELSEWHERE = process.env.ELIXIRSCOPE_ELIXIR !== undefined;
const LIMIT_MS = 180_000;
/** As Elixir up to 1.19 says it, and as later ones do. */
const ALL_PASSED = /\d+ doctests, \d+ tests, 0 failures|Result: \d+ passed \(\d+ doctests, \d+ tests\)/;

interface Said {
  readonly code: number;
  readonly text: string;
}

let epmd: Epmd;
let home: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  epmd = await startEpmd();
  home = await mkdtemp(join(tmpdir(), "elixirscope-package-"));
  env = {
    ...process.env,
    HOME: home,
    XDG_RUNTIME_DIR: join(home, "run"),
    ERL_EPMD_PORT: String(epmd.port),
    MIX_BUILD_PATH: join(home, "build"),
    MIX_ENV: "test",
    NO_COLOR: "1",
  };
  const built = await run("mix", ["compile", "--warnings-as-errors"]);
  expect(built.text).not.toContain("warning");
  expect(built.code).toBe(0);
}, LIMIT_MS);

afterAll(async () => {
  await epmd.stop();
  await rm(home, { recursive: true, force: true });
});

/** Ends whatever way: its exit code and both streams. */
function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Said> {
  return new Promise((resolve) => {
    const options = { cwd: PACKAGE, env: { ...env, ...more }, timeout: LIMIT_MS, maxBuffer: 10_000_000 };
    const child = execFile(command, args, options, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, text: stdout + stderr }),
    );
    child.stdin?.end();
  });
}

const evaluated = (source: string, more: NodeJS.ProcessEnv = {}): Promise<Said> =>
  run(
    process.env.ELIXIRSCOPE_ELIXIR ?? "elixir",
    [
      "-pa",
      join(home, "build", "lib", "elixirscope", "ebin"),
      "-e",
      `{:ok, _} = Application.ensure_all_started(:elixirscope); ${source}`,
    ],
    more,
  );

describe("the Elixir package", () => {
  it("passes its own suite, doctests included, under elixirscope run", { timeout: LIMIT_MS }, async () => {
    const { code, text } = await run(process.execPath, [MAIN, "run", "--", "mix", "test"]);
    expect(text).toMatch(ALL_PASSED);
    expect(code).toBe(0);
  });

  it.skipIf(ELSEWHERE)(
    "passes it where the application itself starts ElixirScope, on a node that was not distributed",
    { timeout: LIMIT_MS },
    async () => {
      const { code, text } = await run("mix", ["test"], {
        ELIXIRSCOPE_COMMAND: `${process.execPath} ${MAIN}`,
      });
      expect(text).toMatch(ALL_PASSED);
      expect(code).toBe(0);
    },
  );

  it.skipIf(ELSEWHERE)("ends what it started with the node, however that ends", async () => {
    const { text } = await evaluated(
      "{:ok, s} = ElixirScope.setup(quiet: true); IO.puts(s.url); System.halt(3)",
      { ELIXIRSCOPE_COMMAND: `${process.execPath} ${MAIN}` },
    );
    const url = /http:\S+/.exec(text)?.[0] ?? "";
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=/);
    await expect
      .poll(
        () =>
          fetch(new URL("/", url)).then(
            () => "there",
            () => "gone",
          ),
        { timeout: 20_000 },
      )
      .toBe("gone");
  });

  it("says what to do where there is nothing to ask, or nothing to start", async () => {
    const { text } = await evaluated(`
      {:error, nobody} = ElixirScope.TraceDB.query_events()
      IO.puts(nobody.code <> " " <> nobody.message)
      {:error, none} = ElixirScope.setup(command: "no-such-elixirscope")
      IO.puts(none.code <> " " <> none.message)
      {:error, failed} = ElixirScope.setup(command: "sh -c 'echo not today; exit 7'")
      IO.puts(failed.code <> " " <> failed.message)
      IO.inspect(ElixirScope.stop())`);
    expect(text).toContain("DOOR_NOBODY No ElixirScope observes this node. Start one: ElixirScope.setup()");
    expect(text).toContain("SETUP_NO_COMMAND There is no program no-such-elixirscope here.");
    expect(text).toContain(
      "SETUP_FAILED ElixirScope ended with 7 before it was attached. It said: not today",
    );
    expect(text).toContain(":ok");
  });
});
