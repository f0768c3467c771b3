// npm run bench, npm run bench:tracer: benchmarks, one after another, and their figures kept with what they ran on.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { parseChoice, parseOptions } from "./lib/args.mjs";
import { ensureBuild, ensureDependencies, ensureElixir } from "./lib/ensure.mjs";
import { cpuSlug, describeMachine } from "./lib/machine.mjs";
import { bin, interrupted, ROOT, run, surviveSignals, which } from "./lib/run.mjs";
import { EXIT, main, say, seconds } from "./lib/say.mjs";
import { unicode } from "./lib/system.mjs";
import { figure, table } from "./lib/table.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const USAGE = `npm run bench [-- --only NAME,NAME] [--json]
npm run bench:store [-- --events N,N] [--json]
npm run bench:tracer [-- --erl FILE] [--json]

Builds, runs bench/*.bench.ts one after another, prints their tables and writes all figures, with a description of
the machine, to bench/results/<date>-<cpu>.json. A run of a part of them (--only) is printed, not written.
bench:tracer runs those about the cost of observing for 1, 10, 100 and 1,000 processes, beside dbg, recon and redbug,
and writes <date>-<cpu>-tracer-otp<release>.json.
bench:store makes recordings of 1, 10 and 100 million events (or --events), asks every question of them, and writes
<date>-<cpu>-store.json.
  --events N  sizes of these recordings, such as 1000000,100000000
  --erl FILE  the erl to measure, where it is not that of the path (mix is taken from the same folder, if it is there)
  --json      print the result as one line of JSON, alone on standard output`;

/** What `npm run bench:tracer` runs, and with which arguments. */
const TRACER = { tracer: ["--processes", "1,10,100,1000"], observe: [] };

/** What `npm run bench:store` runs. Of its own, since it takes minutes: `npm run bench` has its smallest size. */
const storeBenchmark = (events) => ({ "store-scale": ["--events", events] });

const SUFFIX = ".bench.js";

function benchmarks() {
  const names = readdirSync(join(ROOT, "bench"))
    .filter((name) => name.endsWith(".bench.ts"))
    .map((name) => basename(name, ".bench.ts"));
  return names.toSorted();
}

/** The last line that is a JSON object: with `rows`, figures side by side, or one set of figures. */
function resultIn(stdout) {
  for (const line of stdout.trim().split("\n").toReversed()) {
    try {
      const value = JSON.parse(line);
      if (typeof value === "object" && value !== null) return value;
    } catch {
      // Some other output.
    }
  }
  return undefined;
}

/** `rows` as a table, and below it what stands beside them. */
function shown(result) {
  const single = Object.entries(result).filter(([, value]) => typeof value !== "object");
  const lines = single.map(([name, value]) => `${name}: ${figure(value)}`);
  return [...(Array.isArray(result.rows) ? [table(result.rows)] : []), ...lines].join("\n");
}

/** Another Erlang, and the Elixir beside it. */
function environment(erl) {
  if (erl === undefined) return unicode();
  const file = resolve(erl);
  return { ...unicode(), ELIXIRSCOPE_ERL: file, PATH: `${dirname(file)}${delimiter}${process.env.PATH}` };
}

async function runOne(name, args, erl) {
  say(`\n── ${name}\n`);
  const started = Date.now();
  const file = join(ROOT, "bench/dist", `${name}${SUFFIX}`);
  const { code, stdout, stderr } = await run(process.execPath, ["--expose-gc", file, ...args, "--json"], {
    env: environment(erl),
  });
  const result = resultIn(stdout);
  if (code !== 0 || !result) {
    say(`${(stdout + stderr).trim()}\n✗ ${name} failed (exit code ${code})`);
    return undefined;
  }
  say(shown(result));
  say(`(${seconds(Date.now() - started)})`);
  return result;
}

async function commit() {
  if (!which("git")) return "unknown";
  const { code, stdout } = await run("git", ["describe", "--always", "--dirty"]);
  return code === 0 ? stdout.trim() : "unknown";
}

await main(async (argv) => {
  const options = {
    only: { type: "string" },
    tracer: { type: "boolean", default: false },
    store: { type: "boolean", default: false },
    events: { type: "string", default: "1000000,10000000,100000000" },
    erl: { type: "string" },
    json: { type: "boolean", default: false },
  };
  const { only, tracer, store, events, erl, json } = parseOptions(argv, options, USAGE);
  const special = tracer ? TRACER : store ? storeBenchmark(events) : {};
  const isSpecial = tracer || store;
  const names = parseChoice(only, "--only", isSpecial ? Object.keys(special) : benchmarks());
  surviveSignals();
  await ensureDependencies();
  const elixir = await ensureElixir();
  await ensureBuild();
  const machine = describeMachine({ commit: await commit(), elixir });
  say(
    `\n${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB · Node ${machine.node} · OTP ${machine.otp}`,
  );
  const results = {};
  for (const name of names) {
    results[name] = await runOne(name, special[name] ?? [], erl);
    if (interrupted()) return interrupted();
  }
  const failed = names.filter((name) => !results[name]);
  const date = new Date().toISOString();
  const report = { date, machine, results, ...(failed.length > 0 ? { failed } : {}) };
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  // One that failed does not take the figures of the others with it: they took minutes.
  if (only === undefined && failed.length < names.length) {
    const dir = join(ROOT, "bench/results");
    const suffix = tracer ? `-tracer-otp${results.tracer?.otp ?? machine.otp}` : store ? "-store" : "";
    const path = join(dir, `${date.slice(0, 10)}-${cpuSlug(machine.cpu)}${suffix}.json`);
    mkdirSync(dir, { recursive: true });
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
    // As the rest of the repository is formatted, or the next check complains.
    await run(bin("biome"), ["format", "--write", path]);
    say(`\nwritten to ${path}`);
  }
  if (failed.length > 0) say(`\nfailed: ${failed.join(", ")}`);
  return failed.length > 0 ? EXIT.failed : 0;
});
