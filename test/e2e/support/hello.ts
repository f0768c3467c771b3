import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ErlangNode, startErlangNode } from "../../testkit/erlang-node.ts";

export const HELLO: string = fileURLToPath(new URL("../../../examples/hello_otp", import.meta.url));

const execute = promisify(execFile);

/** The example, compiled into a folder of its own. */
export interface BuiltHello {
  readonly buildPath: string;
  /** Elixir's own ebin folders and the example's. */
  readonly codePaths: readonly string[];
  remove(): Promise<void>;
}

/** @param source its folder, where this module does not run from its sources */
export async function buildHello(source: string = HELLO): Promise<BuiltHello> {
  const buildPath = await mkdtemp(join(tmpdir(), "elixirscope-hello-"));
  const env = { ...process.env, MIX_BUILD_PATH: buildPath, MIX_ENV: "dev" };
  await execute("mix", ["compile"], { cwd: source, env });
  const where = '[:elixir, :logger] |> Enum.map(&:code.lib_dir/1) |> Enum.join("\\n") |> IO.write()';
  const { stdout } = await execute("elixir", ["-e", where]);
  const codePaths = [...stdout.split("\n"), join(buildPath, "lib", "hello_otp")].map((dir) =>
    join(dir, "ebin"),
  );
  return { buildPath, codePaths, remove: () => rm(buildPath, { recursive: true, force: true }) };
}

/** A node that runs the example, with its visitors. */
export async function startHello(hello: BuiltHello): Promise<ErlangNode> {
  const args = hello.codePaths.flatMap((path) => ["-pa", path]);
  // What config/runtime.exs sets under mix.
  const settings = ["-hello_otp", "load", "20", "-hello_otp", "bug", "nil"];
  const node = await startErlangNode({ args: [...args, ...settings] });
  await node.eval("{ok, _} = application:ensure_all_started(hello_otp)");
  return node;
}

/** What of ours is in the node: modules, registered names, traced processes. All empty: nothing. */
const LEFTOVERS = `
  Ours = fun(Name) -> lists:prefix("elixirscope", atom_to_list(Name)) end,
  Traced = fun(Pid) -> try erlang:trace_info(Pid, flags) of {flags, [_ | _]} -> true; _ -> false catch _:_ -> false end end,
  {[M || {M, _} <- code:all_loaded(), Ours(M)], [R || R <- registered(), Ours(R)],
   [P || P <- [new | processes()], Traced(P)]}`;

export const leftovers = (node: ErlangNode): Promise<string> => node.eval(LEFTOVERS);
export const NOTHING_LEFT = "{[],[],[]}";
