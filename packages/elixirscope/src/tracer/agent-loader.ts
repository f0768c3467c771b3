import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { DistConnection } from "@elixirscope/dist";
import { atom, binary, inspect, isAtom, isTagged, type Term, tuple } from "@elixirscope/etf";
import { ElixirScopeError } from "../model/index.ts";
import { cachePath, readCache, writeCache } from "./agent-cache.ts";
import { evaluate } from "./evaluate.ts";

/** Beside the sources in a checkout, beside `dist/` in the installed package. */
const AGENT_DIRS = ["../../../../agent/src/", "../../agent/"];

/**
 * Loads `Compiled`, or makes one module of `Sources` on the node, loads that and answers it: to remove a module the node
 * looks at each of its processes, so one is removed ten times faster than ten. Evaluated there by `erl_eval`, so that
 * nothing of ours has to be on the node first. Loading takes milliseconds and goes before the application's work;
 * compiling takes its turn. An agent that is leaving (its janitor has a name) is waited for; loading over one that is attached
 * would kill it.
 */
const BOOTSTRAP = `
  Forms = fun Forms([], [], Acc) -> lists:reverse(Acc);
              Forms([{dot, _} = Dot | Rest], Form, Acc) ->
                {ok, Parsed} = erl_parse:parse_form(lists:reverse(Form, [Dot])),
                Forms(Rest, [], [Parsed | Acc]);
              Forms([Token | Rest], Form, Acc) -> Forms(Rest, [Token | Form], Acc)
          end,
  Parse = fun(Source) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source)),
    Forms(Tokens, [], [])
  end,
  Gone = fun Gone(0) -> false;
             Gone(Left) -> case whereis(elixirscope_janitor) of
                             undefined -> true;
                             _ -> receive after 20 -> Gone(Left - 1) end
                           end
         end,
  Load = fun(Module, Binary) -> {module, Module} = code:load_binary(Module, atom_to_list(Module) ++ ".erl", Binary) end,
  Known = fun(Binary) -> is_binary(Binary) andalso process_flag(priority, high) =/= high andalso
            code:load_binary(elixirscope_agent, "elixirscope_agent.erl", Binary) =:= {module, elixirscope_agent} end,
  Compile = fun() ->
      All = [Parse(Source) || Source <- Sources],
      [Bundler] = [One || One <- All, lists:member({attribute, 1, module, elixirscope_bundle},
                     [case Form of {attribute, _, module, M} -> {attribute, 1, module, M}; _ -> Form end || Form <- One])],
      {ok, elixirscope_bundle, Tool} = compile:forms(Bundler, [binary]),
      Load(elixirscope_bundle, Tool),
      Built = elixirscope_bundle:build(All),
      code:purge(elixirscope_bundle), code:delete(elixirscope_bundle), code:purge(elixirscope_bundle),
      case Built of
        {ok, Module, Binary} -> Load(Module, Binary), {compiled, Binary};
        {error, Errors} -> {error, Errors}
      end
  end,
  case {whereis(elixirscope_agent), Gone(150)} of
    {undefined, true} ->
      case Known(Compiled) of
        true -> ok;
        false when Sources =:= [] -> no_compiler;
        false -> Compile()
      end;
    {undefined, false} -> still_leaving;
    {Pid, _} -> {already_attached, Pid}
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

/** Milliseconds for compiling on a node that has other things to do; 1.5 s where it has not. */
const COMPILE_MS = 60_000;

/**
 * Loads the agent: as a node with the same runtime compiled it before, else compiled there now.
 * @throws ElixirScopeError `TRACER_NO_COMPILER` on a node without the compiler application, `TRACER_ALREADY_ATTACHED`,
 * `TRACER_AGENT_REFUSED` when the node's compiler does not take the source, `TRACER_NO_AGENT` when this installation
 * lacks it.
 */
export async function loadAgent(connection: DistConnection): Promise<void> {
  const [compiler, erts, sources] = await Promise.all([
    connection.rpc("code", "which", [atom("compile")], { timeoutMs: COMPILE_MS }),
    connection.rpc("erlang", "system_info", [atom("version")]),
    agentSources(),
  ]);
  const canCompile = !isAtom(compiler, "non_existing");
  const path = cachePath(sources, String.fromCharCode(...(erts as readonly number[])));
  const bindings = [
    tuple(atom("Compiled"), (await readCache(path)) ?? atom("none")),
    tuple(atom("Sources"), canCompile ? sources.map(binary) : []),
  ];
  const answer = await evaluate(connection, BOOTSTRAP, bindings, COMPILE_MS);
  if (isAtom(answer, "ok")) return;
  if (isTagged(answer, "compiled", 2)) return writeCache(path, answer.elements[1] as Uint8Array);
  throw refusal(answer);
}

function refusal(answer: Term): ElixirScopeError {
  if (isAtom(answer, "no_compiler")) {
    return new ElixirScopeError(
      "TRACER_NO_COMPILER",
      "This node has no Erlang compiler (the release leaves out the `compiler` application). Add :compiler to its applications and start it again.",
    );
  }
  if (isTagged(answer, "already_attached", 2) || isAtom(answer, "still_leaving")) return alreadyAttached();
  return new ElixirScopeError(
    "TRACER_AGENT_REFUSED",
    `The node's compiler did not take the agent: ${inspect(answer, { maxLength: 500 })}`,
  );
}

/** Somebody else's agent, or one that has not left yet. */
export const alreadyAttached = (): ElixirScopeError =>
  new ElixirScopeError(
    "TRACER_ALREADY_ATTACHED",
    "Another ElixirScope is attached to this node. Detach it first (`elixirscope detach`), or wait a second if it just ended.",
  );
