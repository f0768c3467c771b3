// A fresh clone has nothing but Node: these bring the rest, and do nothing where it is there already.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { dependencyStaleness } from "./dependencies.mjs";
import { bin, ROOT, run, runQuietly, which } from "./run.mjs";
import { EXIT, ScriptError, step } from "./say.mjs";
import { elixirVersions, provide, thisSystem, unicode } from "./system.mjs";
import { atLeast, ELIXIR_NEEDED, OTP_NEEDED } from "./versions.mjs";

/** `npm ci` where node_modules is missing or is not what package-lock.json says. */
export async function ensureDependencies() {
  const why = dependencyStaleness(ROOT);
  if (!why) return;
  await step(`installing npm packages (${why})`, () =>
    runQuietly("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], "npm ci failed"),
  );
}

/** Elixir and Erlang that are new enough; with `tests`, also what the tests of the Erlang parts need. */
export async function ensureElixir({ tests = false } = {}) {
  const missing = [];
  if (!which("elixir") || !which("erl") || !which("epmd")) missing.push("elixir");
  if (tests && (missing.length > 0 || !(await hasErlangForTests()))) missing.push("erlangTests");
  await provide(missing);
  const versions = await elixirVersions();
  if (!versions)
    throw new ScriptError("Elixir does not run on this machine: try `elixir --version`.", EXIT.missing);
  if (!atLeast(versions.elixir, ELIXIR_NEEDED) || versions.otp < OTP_NEEDED) {
    throw new ScriptError(
      `Elixir ${ELIXIR_NEEDED} on OTP ${OTP_NEEDED} or later is needed; this machine has ` +
        `${versions.elixir} on OTP ${versions.otp}. https://elixir-lang.org/install.html tells how to get a newer one.`,
      EXIT.missing,
    );
  }
  return versions;
}

async function hasErlangForTests() {
  const probe =
    "Libs = [code:lib_dir(A) || A <- [eunit, runtime_tools, syntax_tools, tools]]," +
    ' Ok = lists:all(fun erlang:is_list/1, Libs) andalso filelib:is_regular(filename:join([hd(Libs), include, "eunit.hrl"])),' +
    " halt(case Ok of true -> 0; false -> 1 end).";
  const env = { ...unicode(), ERL_CRASH_DUMP_SECONDS: "0" };
  return (await run("erl", ["-noshell", "-eval", probe], { env })).code === 0;
}

/** Where browsers are looked for, by name in the path and by place. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC_BROWSERS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser for the end-to-end tests; `ELIXIRSCOPE_CHROMIUM` names another. */
function findChromium() {
  if (process.env.ELIXIRSCOPE_CHROMIUM) return process.env.ELIXIRSCOPE_CHROMIUM;
  return BROWSERS.map(which).find(Boolean) ?? MAC_BROWSERS.find((path) => existsSync(path));
}

export async function ensureChromium() {
  if (!findChromium()) await provide(["chromium"]);
  const found = findChromium();
  if (!found) throw new ScriptError("Chromium was installed, but is not in the path.", EXIT.missing);
  return found;
}

/** RabbitMQ's programs, for the tests on a broker: installed where that needs no question, else left out. */
export async function ensureRabbit() {
  if (existsSync("/usr/lib/rabbitmq/bin/rabbitmq-server")) return true;
  const { family, root, hasApt } = thisSystem();
  if (family !== "debian" || !root || !hasApt) return false;
  await provide(["rabbitmq"]);
  return true;
}

/** libfaketime, for the test that sets a node's clock: installed where that needs no question, else left out. */
export async function ensureFaketime() {
  const { family, root, hasApt } = thisSystem();
  if (family !== "debian" || which("faketime")) return which("faketime") !== undefined;
  if (!root || !hasApt) return false;
  await provide(["faketime"]);
  return true;
}

/** OpenSSH's server, for the tests through a tunnel: installed where that needs no question, else left out. */
export async function ensureSshd() {
  if (existsSync("/usr/sbin/sshd") && which("ssh-keygen")) return true;
  const { family, root, hasApt } = thisSystem();
  if (family !== "debian" || !root || !hasApt) return false;
  await provide(["sshd"]);
  return true;
}

function newest(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function webIsStale() {
  const built = statSync(join(ROOT, "web/dist/index.html"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = ["web/src", "web/public", "web/index.html", "web/vite.config.ts", "web/package.json"];
  const shared = ["packages/elixirscope/src/protocol", "packages/elixirscope/src/model", "package-lock.json"];
  return [...sources, ...shared].some((path) => newest(join(ROOT, path)) > built);
}

/** Compiles `projects` (default: everything) and the UI; both only where sources changed. */
export async function ensureBuild(projects = []) {
  await step("compiling TypeScript", () =>
    runQuietly(bin("tsc"), ["-b", ...projects], "the TypeScript compiler found errors"),
  );
  if (!webIsStale()) return;
  await step("building the UI", () =>
    runQuietly("npm", ["run", "build", "-w", "@elixirscope/web"], "building the UI failed"),
  );
}
