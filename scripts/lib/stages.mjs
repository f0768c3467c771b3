// The stages of `npm test`, and how they are run and summed up.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { add, closingLine, fromEUnit, fromExUnit, fromVitest, NONE, settle } from "./counts.mjs";
import { failureReport, failuresOfEUnit, failuresOfExUnit, failuresOfVitest, tail } from "./failures.mjs";
import { bin, interrupted, ROOT, run } from "./run.mjs";
import { EXIT, seconds } from "./say.mjs";
import { unicode } from "./system.mjs";

const show = (piece) => process.stdout.write(piece);
const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};

/** Counts and failures of a stage; one that failed without a word about it is told by the end of its output. */
function outcome(counts, failures, text) {
  const silent = counts.failed > 0 && failures.length === 0;
  return { counts, failures: silent ? [`it ended with:\n${tail(text)}`] : failures };
}

/** `npm run check`: no test cases, so it counts only where it fails. */
async function check() {
  const { code, text } = await run("npm", ["run", "--silent", "check"], { env: color, show });
  return outcome(code === 0 ? NONE : { ...NONE, failed: 1 }, [], text);
}

async function eunit(env) {
  const { code, stdout, text } = await run(join(ROOT, "agent/run-eunit"), [], {
    env: { ...unicode(), ...env },
    show,
  });
  return outcome(settle(fromEUnit(stdout), code), failuresOfEUnit(stdout), text);
}

/** The example's tests, built outside the tree so that builds of several OTP releases do not meet. */
async function mix(env) {
  const build = mkdtempSync(join(tmpdir(), "elixirscope-mix-"));
  try {
    const { code, stdout, text } = await run("mix", ["test"], {
      cwd: join(ROOT, "examples/hello_otp"),
      env: { ...unicode(), MIX_ENV: "test", MIX_BUILD_PATH: build, ...env },
      show,
    });
    return outcome(settle(fromExUnit(stdout), code), failuresOfExUnit(stdout), text);
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

function vitest(project) {
  return async (env) => {
    const dir = mkdtempSync(join(tmpdir(), "elixirscope-vitest-"));
    const report = join(dir, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    try {
      const args = ["run", "--project", project, ...reporters];
      const { code, text } = await run(bin("vitest"), args, {
        env: { ...color, ...unicode(), ...env },
        show,
      });
      const json = read(report);
      return outcome(settle(fromVitest(json), code), failuresOfVitest(json), text);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  };
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** By name: what it is, how it runs, and what the machine needs for it. */
export const STAGES = {
  check: { title: "types, format, lint, import law, unused code", run: check, needs: [] },
  unit: { title: "unit tests", run: vitest("unit"), needs: [] },
  eunit: { title: "the agent, in Erlang (EUnit)", run: eunit, needs: ["elixir"] },
  example: { title: "examples/hello_otp (mix test)", run: mix, needs: ["elixir"] },
  node: {
    title: "against real Erlang nodes",
    run: vitest("node"),
    needs: ["elixir", "build", "rabbitmq", "faketime", "sshd"],
  },
  e2e: {
    title: "the built product in a browser",
    run: vitest("e2e"),
    needs: ["elixir", "build", "chromium", "sshd"],
  },
};

/** Stages of scripts of their own. */
const OTHERS = {
  clickhouse: { title: "recordings in ClickHouse", run: vitest("clickhouse"), needs: ["elixir", "build"] },
};

/** Runs `names` one after another; gives a row for each. A stage that failed does not stop the others. */
export async function runStages(names, { env = {}, label = "" } = {}) {
  const rows = [];
  for (const name of names) {
    const stage = STAGES[name] ?? OTHERS[name];
    process.stdout.write(`\n── ${label}${name}: ${stage.title}\n\n`);
    const started = Date.now();
    const { counts, failures } = await stage.run(env);
    rows.push({ name: `${label}${name}`, counts, failures, ms: Date.now() - started });
    if (interrupted()) break;
  }
  return rows;
}

/** Prints the table, what failed, and the closing line; gives the exit code. */
export function summarise(rows) {
  const width = Math.max(...rows.map((row) => row.name.length));
  const lines = rows.map(({ name, counts, ms }) => {
    const mark = counts.failed > 0 ? "✗" : "✓";
    const said = counts.passed + counts.failed + counts.skipped > 0 ? closingLine(counts) : "no findings";
    return `${mark} ${name.padEnd(width)}  ${seconds(ms).padStart(6)}  ${said}`;
  });
  const total = add(...rows.map((row) => row.counts));
  const report = ["", ...lines, "", ...failureReport(rows), closingLine(total)];
  process.stdout.write(`${report.join("\n")}\n`);
  return interrupted() ?? (total.failed > 0 ? EXIT.failed : 0);
}
