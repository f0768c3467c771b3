/**
 * A release as Erlang's `systools` makes it: kernel, stdlib and one small application, with its own emulator, packed and unpacked
 * somewhere else, started in embedded mode from its own boot script. Nothing else is in it: no compiler.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type ErlangNode, startErlangNode } from "./erlang-node.ts";

const execute = promisify(execFile);

const SOURCES: Readonly<Record<string, string>> = {
  "slim_app.erl": `-module(slim_app).
-behaviour(application).
-export([start/2, stop/1]).
start(_, _) -> slim_sup:start_link().
stop(_) -> ok.
`,
  "slim_sup.erl": `-module(slim_sup).
-behaviour(supervisor).
-export([start_link/0, init/1]).
start_link() -> supervisor:start_link({local, slim_sup}, slim_sup, []).
init([]) -> {ok, {#{}, [#{id => till, start => {slim_till, start_link, []}}]}}.
`,
  "slim_till.erl": `-module(slim_till).
-behaviour(gen_server).
-export([start_link/0, take/1, init/1, handle_call/3, handle_cast/2]).
start_link() -> gen_server:start_link({local, slim_till}, slim_till, [], []).
take(Cents) -> gen_server:call(slim_till, {take, Cents}).
init([]) -> {ok, #{cents => 0}}.
handle_call({take, Cents}, _, #{cents := Sum} = Till) -> {reply, Sum + Cents, Till#{cents := Sum + Cents}}.
handle_cast(_, Till) -> {noreply, Till}.
`,
  "slim.app": `{application, slim, [{description, "A till"}, {vsn, "1"}, {modules, [slim_app, slim_sup, slim_till]}, {registered, [slim_sup, slim_till]},
  {applications, [kernel, stdlib]}, {mod, {slim_app, []}}]}.
`,
  // What start scripts of releases do.
  start: `#!/bin/sh
ROOTDIR=$(cd "$(dirname "$0")" && pwd)
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
EMU=beam
PROGNAME=slim
export ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" -boot "$ROOTDIR/releases/1/start" -mode embedded "$@"
`,
};

const make = (dir: string, root: string): string => `
  ok = file:set_cwd(${JSON.stringify(dir)}),
  [{ok, _} = compile:file(M, [debug_info]) || M <- [slim_app, slim_sup, slim_till]],
  Vsn = fun(App) -> ok = case application:load(App) of {error, {already_loaded, _}} -> ok; Ok -> Ok end,
          {ok, V} = application:get_key(App, vsn), {App, V} end,
  Release = {release, {"slim", "1"}, {erts, erlang:system_info(version)}, [Vsn(kernel), Vsn(stdlib), {slim, "1"}]},
  [ok = file:write_file(File, io_lib:format("~p.~n", [Release])) || File <- ["slim.rel", "local.rel"]],
  ok = systools:make_script("slim", [{path, ["."]}]),
  ok = systools:make_script("local", [{path, ["."]}, local]),
  ok = systools:make_tar("slim", [{path, ["."]}, {erts, code:root_dir()}]),
  ok = erl_tar:extract("slim.tar.gz", [compressed, {cwd, ${JSON.stringify(root)}}]),
  halt().`;

export interface SlimRelease {
  /** Its start script: arguments of \`erl\` are handed on. */
  readonly start: string;
  remove(): Promise<void>;
}

/** Makes one with the Erlang that the tests' nodes run on. */
export async function slimRelease(): Promise<SlimRelease> {
  const dir = await mkdtemp(join(tmpdir(), "slim-release-"));
  const root = join(dir, "release");
  await mkdir(root);
  for (const [name, text] of Object.entries(SOURCES)) {
    await writeFile(join(name === "start" ? root : dir, name), text, { mode: 0o755 });
  }
  const other = process.env.ELIXIRSCOPE_ERL;
  await execute(other ?? "erl", ["-noshell", "-eval", make(dir, root).replaceAll("\n", " ")]);
  // The emulator of another system may not run on this one: there it boots with the same script from where it is.
  const start = join(root, "start");
  if (other !== undefined)
    await writeFile(start, `#!/bin/sh\nexec ${other} -boot ${dir}/local -mode embedded "$@"\n`);
  return { start, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** A node of it. */
export const startSlim = (release: SlimRelease, epmdPort: number): Promise<ErlangNode> =>
  startErlangNode({ name: "slim", erl: release.start, epmdPort });
