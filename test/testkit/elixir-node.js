/** Real nodes with Elixir in them, and Elixir source evaluated there. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startErlangNode } from "./erlang-node.js";

/** `elixir`, or one of another release. */
const COMMAND = process.env.ELIXIRSCOPE_ELIXIR ?? "elixir";
/** Starts a node in which Elixir and its Logger run. */
export async function startElixirNode(options = {}) {
  const ask = 'for app <- [:elixir, :logger], do: IO.puts(Application.app_dir(app, "ebin"))';
  const { stdout } = await promisify(execFile)(COMMAND, ["-e", ask]);
  const paths = stdout.trim().split("\n");
  const node = await startErlangNode({ ...options, args: ["-pa", ...paths, ...(options.args ?? [])] });
  await node.eval("{ok, _} = application:ensure_all_started(logger)");
  return node;
}
/** Evaluates Elixir source in a process of its own; the value of the last expression as Elixir prints it. */
export async function elixir(node, source) {
  const base64 = Buffer.from(source).toString("base64");
  const printed = await node.eval(`
    {Value, _} = 'Elixir.Code':eval_string(base64:decode("${base64}")),
    base64:encode_to_string('Elixir.Kernel':inspect(Value))`);
  return Buffer.from(printed.replaceAll(/["\s]/g, ""), "base64").toString();
}
//# sourceMappingURL=elixir-node.js.map
