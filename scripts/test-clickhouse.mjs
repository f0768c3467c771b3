// npm run test:clickhouse: recordings in ClickHouse, against its own engine, and against a server where one is given.
import { join } from "node:path";
import { parseOptions } from "./lib/args.mjs";
import { dependencyStaleness } from "./lib/dependencies.mjs";
import { ensureBuild, ensureDependencies, ensureElixir } from "./lib/ensure.mjs";
import { ROOT, runQuietly, surviveSignals } from "./lib/run.mjs";
import { main, step } from "./lib/say.mjs";
import { runStages, summarise } from "./lib/stages.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const PACKAGE = join(ROOT, "test/chdb");
const USAGE = `npm run test:clickhouse

Installs ClickHouse's engine (chDB: 150 MB to fetch, half a gigabyte on the disk; Linux with glibc, or macOS) into
test/chdb/node_modules and runs the store's contract and the rest of the tests of recordings in ClickHouse against it.
ELIXIRSCOPE_CLICKHOUSE_URL (and _USER, _PASSWORD_FILE, _CA) name a server on which the contract is to hold as well: it
gets databases elixirscope_test-*, which are dropped at the end. The last line is \`N passed, N failed\`.`;

await main(async (argv) => {
  parseOptions(argv, {}, USAGE);
  surviveSignals();
  await ensureDependencies();
  const why = dependencyStaleness(PACKAGE);
  if (why) {
    await step(`installing ClickHouse's engine into test/chdb (${why})`, () =>
      runQuietly(
        "npm",
        // Not "npm ci": the lock file has the engine of one kind of machine only, and that refuses on all of them.
        ["install", "--no-save", "--prefix", PACKAGE, "--no-audit", "--no-fund", "--loglevel=error"],
        "npm install in test/chdb failed",
      ),
    );
  }
  await ensureElixir();
  await ensureBuild();
  return summarise(await runStages(["clickhouse"]));
});
