// npm run build:agent: the agent compiled by an Erlang of this machine, for `npm run pack -- --agents` on another one.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { buildAgents } from "./lib/agents.mjs";
import { parseOptions } from "./lib/args.mjs";
import { ensureBuild, ensureDependencies } from "./lib/ensure.mjs";
import { EXIT, main } from "./lib/say.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const USAGE = `npm run build:agent -- --out FOLDER

Compiles the agent into FOLDER, in a file that is named by OTP release and sources.

  --out FOLDER   where to put it
  --erl PROGRAM  by which Erlang (can be repeated; default: erl in the PATH)`;

await main(async (argv) => {
  const known = { out: { type: "string", default: "." }, erl: { type: "string", multiple: true } };
  const options = parseOptions(argv, known, USAGE);
  await ensureDependencies();
  await ensureBuild(["packages/elixirscope"]);
  const out = resolve(options.out);
  mkdirSync(out, { recursive: true });
  await buildAgents(options.erl ?? ["erl"], out);
  return EXIT.ok;
});
