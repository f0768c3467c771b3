// npm run pack: ElixirScope as one file that npm installs.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildAgents } from "./lib/agents.mjs";
import { parseOptions } from "./lib/args.mjs";
import { ensureBuild, ensureDependencies } from "./lib/ensure.mjs";
import { ROOT, run, which } from "./lib/run.mjs";
import { EXIT, main, ScriptError, say } from "./lib/say.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const USAGE = `npm run pack [-- --out FOLDER]

Builds, and makes elixirscope-<version>.tgz: the program with the UI, the agent, the example and a recording for
elixirscope demo, and our own packages within it. Install it with npm install FILE, or run it with npx FILE.

  --out FOLDER     where to put it (default: the current one)
  --erl PROGRAM    compile the agent by this Erlang for nodes without a compiler (can be repeated; default: erl in the PATH,
                   if there is one)
  --agents FOLDER  agents that npm run build:agent compiled elsewhere, to go with it

The last line is the path of the file.`;

const STAGE = join(ROOT, ".tmp/pack");
const OWN = { "@elixirscope/etf": "packages/etf", "@elixirscope/dist": "packages/dist" };

/** Neither tests nor what only they need; maps point into sources that are not in the package. */
const shipped = (path) => !/\.test\.|[\\/]testing|\.tsbuildinfo$|\.map$|[\\/]_build$|[\\/]deps$/.test(path);

const copy = (from, to) => cpSync(join(ROOT, from), join(STAGE, to), { recursive: true, filter: shipped });

const manifest = (folder) => JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));

function writeManifest(to, value) {
  const { devDependencies: _, ...kept } = value;
  writeFileSync(join(STAGE, to, "package.json"), `${JSON.stringify(kept, null, 2)}\n`);
}

function stage() {
  rmSync(STAGE, { recursive: true, force: true });
  mkdirSync(STAGE, { recursive: true });
  copy("packages/elixirscope/dist", "dist");
  copy("web/dist", "web");
  copy("agent/src", "agent");
  copy("examples/hello_otp", "examples/hello_otp");
  copy("test/recordings/phoenix-1.8.esrec.gz", "recordings/phoenix-1.8.esrec.gz");
  for (const file of ["README.md", "CHANGELOG.md", "LICENSE"]) copy(file, file);
  writeManifest(".", {
    ...manifest("packages/elixirscope"),
    files: ["dist", "web", "agent", "examples", "recordings", "CHANGELOG.md"],
    // They are nowhere else to be had.
    bundleDependencies: Object.keys(OWN),
  });
  for (const [name, folder] of Object.entries(OWN)) {
    copy(join(folder, "dist"), join("node_modules", name, "dist"));
    writeManifest(join("node_modules", name), manifest(folder));
  }
}

const KNOWN = {
  out: { type: "string", default: "." },
  erl: { type: "string", multiple: true },
  agents: { type: "string" },
};

/** Compiled by some Erlangs; without any the package compiles on the nodes, or by an Erlang where it is installed. */
async function addAgents({ erl, agents }) {
  const built = join(STAGE, "agent/built");
  if (agents !== undefined) cpSync(resolve(agents), built, { recursive: true });
  await buildAgents(erl ?? (which("erl") ? ["erl"] : []), built);
}

await main(async (argv) => {
  const options = parseOptions(argv, KNOWN, USAGE);
  await ensureDependencies();
  await ensureBuild(["packages/elixirscope", "web"]);
  stage();
  await addAgents(options);
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  const { code, stdout, text } = await run("npm", ["pack", "--json", "--pack-destination", out], {
    cwd: STAGE,
  });
  if (code !== 0) throw new ScriptError(`npm pack failed:\n${text}`);
  const [{ filename, size, unpackedSize }] = JSON.parse(stdout);
  say(
    `${(size / 1e6).toFixed(1)} MB, unpacked ${(unpackedSize / 1e6).toFixed(1)} MB, without what it depends on`,
  );
  process.stdout.write(`${join(out, filename)}\n`);
  return EXIT.ok;
});
