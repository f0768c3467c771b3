// npm test: everything, from a fresh clone, against real nodes. Ends with `N passed, N failed`.
import { parseChoice, parseOptions } from "./lib/args.mjs";
import {
  ensureBuild,
  ensureChromium,
  ensureDependencies,
  ensureElixir,
  ensureFaketime,
  ensureRabbit,
  ensureSshd,
} from "./lib/ensure.mjs";
import { surviveSignals } from "./lib/run.mjs";
import { main, say } from "./lib/say.mjs";
import { runStages, STAGES, summarise } from "./lib/stages.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const USAGE = `npm test [-- --only ${Object.keys(STAGES).join(",")}]

Installs what is missing (npm packages; Elixir, Erlang and Chromium with apt where it runs as root on Debian),
builds, and runs the stages named; all of them by default. The last line is \`N passed, N failed\`.
Exit codes: 0 all passed, 1 something failed, 2 wrong usage, 3 something must be installed first.`;

await main(async (argv) => {
  const options = parseOptions(argv, { only: { type: "string" } }, USAGE);
  const names = parseChoice(options.only, "--only", Object.keys(STAGES));
  const needs = new Set(names.flatMap((name) => STAGES[name].needs));
  surviveSignals();
  await ensureDependencies();
  if (needs.has("elixir")) await ensureElixir({ tests: true });
  if (needs.has("chromium")) process.env.ELIXIRSCOPE_CHROMIUM = await ensureChromium();
  if (needs.has("rabbitmq") && !(await ensureRabbit())) {
    say("  RabbitMQ is not installed: the tests on a real broker are skipped.");
  }
  if (needs.has("faketime") && !(await ensureFaketime())) {
    say("  libfaketime is not installed: the tests that set a node's clock are skipped.");
  }
  if (needs.has("sshd") && !(await ensureSshd())) {
    say("  OpenSSH's server is not installed: the tests through a tunnel are skipped.");
  }
  if (needs.has("build")) await ensureBuild();
  return summarise(await runStages(names));
});
