import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { DistConnection } from "@elixirscope/dist";
import { Atom, atom, binary, inspect, type Term, tuple } from "@elixirscope/etf";
import { ElixirScopeError } from "../model/index.ts";
import { evaluate } from "./evaluate.ts";

/** Beside the sources in a checkout, beside `dist/` in the installed package. */
const AGENT_DIRS = ["../../../../agent/src/", "../../agent/"];

/**
 * Compiles `Sources` on the node and loads them. Evaluated there by `erl_eval`, so that nothing of ours has to be on
 * the node first. Modules are compiled at the same time as one another; nothing is loaded unless all compile.
 */
const BOOTSTRAP = `
  Forms = fun Forms([], [], Acc) -> lists:reverse(Acc);
              Forms([{dot, _} = Dot | Rest], Form, Acc) ->
                {ok, Parsed} = erl_parse:parse_form(lists:reverse(Form, [Dot])),
                Forms(Rest, [], [Parsed | Acc]);
              Forms([Token | Rest], Form, Acc) -> Forms(Rest, [Token | Form], Acc)
          end,
  Compile = fun(Source) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source)),
    compile:forms(Forms(Tokens, [], []), [binary, return_errors, deterministic])
  end,
  Workers = [spawn_monitor(fun() -> exit({compiled, Compile(Source)}) end) || Source <- Sources],
  Results = [receive {'DOWN', Ref, process, Pid, Result} -> Result end || {Pid, Ref} <- Workers],
  Failed = [Result || Result <- Results, case Result of {compiled, {ok, _, _}} -> false; _ -> true end],
  case Failed of
    [] -> [begin
             {module, Module} = code:load_binary(Module, atom_to_list(Module) ++ ".erl", Binary),
             Module
           end || {compiled, {ok, Module, Binary}} <- Results];
    _ -> {error, Failed}
  end.
`;

async function agentSources(): Promise<readonly string[]> {
  for (const dir of AGENT_DIRS) {
    const path = fileURLToPath(new URL(dir, import.meta.url));
    const names = await readdir(path).catch(() => []);
    const sources = names.filter((name) => name.endsWith(".erl")).sort();
    if (sources.length > 0) return Promise.all(sources.map((name) => readFile(`${path}/${name}`, "utf8")));
  }
  throw new ElixirScopeError(
    "TRACER_NO_AGENT",
    "The agent's sources are missing from this installation. Install elixirscope again.",
  );
}

/**
 * Compiles the agent on the node and loads it; answers the names of its modules.
 * @throws ElixirScopeError `TRACER_NO_COMPILER` on a node without the compiler application, `TRACER_AGENT_REFUSED`
 * when the node's compiler does not take the source, `TRACER_NO_AGENT` when this installation lacks it.
 */
export async function loadAgent(connection: DistConnection): Promise<readonly string[]> {
  const found = await connection.rpc("code", "which", [atom("compile")]);
  if (found instanceof Atom && found.name === "non_existing") {
    throw new ElixirScopeError(
      "TRACER_NO_COMPILER",
      "This node has no Erlang compiler (the release leaves out the `compiler` application). Add :compiler to its applications and start it again.",
    );
  }
  const sources = (await agentSources()).map(binary);
  const modules = await evaluate(connection, BOOTSTRAP, [tuple(atom("Sources"), sources)]);
  if (Array.isArray(modules)) return modules.map((name: Term) => (name as Atom).name);
  throw new ElixirScopeError(
    "TRACER_AGENT_REFUSED",
    `The node's compiler did not take the agent: ${inspect(modules, { maxLength: 500 })}`,
  );
}
