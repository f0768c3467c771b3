// npm run test:otp: what depends on the Erlang release, on the releases that this machine does not have.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseChoice, parseOptions } from "./lib/args.mjs";
import { writeWrappers } from "./lib/chroot-wrappers.mjs";
import { ensureRoot, rootOf, SUITES } from "./lib/debian-root.mjs";
import {
  ensureBuild,
  ensureDependencies,
  ensureElixir,
  ensureFaketime,
  ensureRabbit,
} from "./lib/ensure.mjs";
import { interrupted, ROOT, run, surviveSignals } from "./lib/run.mjs";
import { EXIT, main, ScriptError, say } from "./lib/say.mjs";
import { runStages, summarise } from "./lib/stages.mjs";
import { thisSystem, unicode } from "./lib/system.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const STAGES = ["eunit", "example", "node"];
const USAGE = `npm run test:otp [-- --suite ${Object.keys(SUITES).join(",")}] [--only ${STAGES.join(",")}]

Runs the agent's EUnit tests, the example's tests and the tests against real nodes on other Erlang releases:
${Object.entries(SUITES)
  .map(([suite, otp]) => `  OTP ${otp}, from Debian ${suite}, in ${rootOf(suite)}`)
  .join("\n")}
The folders are made on the first run (debootstrap, about 400 MB each); ELIXIRSCOPE_OTP_DIR is another place for them.
Needs root on Debian. The last line is \`N passed, N failed\`; exit codes as of \`npm test\`.`;

function requireRoot() {
  const { family, root } = thisSystem();
  if (family === "debian" && root) return;
  throw new ScriptError(
    family === "debian"
      ? "Root is needed, to make folders with debootstrap and to enter them with chroot: sudo npm run test:otp"
      : "This needs Debian (or Ubuntu) and root: it makes Debian folders with debootstrap. A container will do: docker run --privileged debian.",
    EXIT.missing,
  );
}

/** Asks the wrapped `erl` for its release: a wrapper that does not work is told here and not in every test. */
async function requireOtp(erl, otp) {
  const ask = "io:put_chars(erlang:system_info(otp_release)), halt().";
  const { code, stdout, text } = await run(erl, ["-noshell", "-eval", ask]);
  if (code === 0 && stdout.trim() === String(otp)) return;
  throw new ScriptError(`${erl} should run OTP ${otp}, and says (exit code ${code}):\n${text}`);
}

async function testOn(suite, names) {
  const root = await ensureRoot(suite);
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `elixirscope-${suite}-`)));
  try {
    writeWrappers(
      root,
      dir,
      [ROOT, tmpdir(), homedir()].map((path) => realpathSync(path)),
    );
    await requireOtp(join(dir, "erl"), SUITES[suite]);
    const env = {
      ...unicode(),
      ELIXIRSCOPE_ERL: join(dir, "erl"),
      ELIXIRSCOPE_ELIXIR: join(dir, "elixir"),
      PATH: `${dir}:${process.env.PATH}`,
    };
    return await runStages(names, { env, label: `OTP ${SUITES[suite]} ` });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

await main(async (argv) => {
  const options = parseOptions(argv, { suite: { type: "string" }, only: { type: "string" } }, USAGE);
  const suites = parseChoice(options.suite, "--suite", Object.keys(SUITES));
  const names = parseChoice(options.only, "--only", STAGES);
  requireRoot();
  surviveSignals();
  await ensureDependencies();
  await ensureElixir();
  if (!(await ensureRabbit())) say("  RabbitMQ is not installed: its tests are skipped.");
  if (!(await ensureFaketime())) say("  libfaketime is not installed: its tests are skipped.");
  if (names.includes("node")) await ensureBuild();
  const rows = [];
  for (const suite of suites) {
    if (!interrupted()) rows.push(...(await testOn(suite, names)));
  }
  return summarise(rows);
});
