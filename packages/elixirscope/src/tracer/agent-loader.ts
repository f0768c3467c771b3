import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { DistConnection } from "@elixirscope/dist";
import { atom, binary, inspect, isAtom, isTagged, tuple } from "@elixirscope/etf";
import { ElixirScopeError } from "../model/index.ts";
import { evaluate } from "./evaluate.ts";

/** Beside the sources in a checkout, beside `dist/` in the installed package. */
const AGENT_DIRS = ["../../../../agent/src/", "../../agent/"];

/**
 * Makes one module of `Sources` on the node and loads it: to remove a module the node looks at each of its processes,
 * so one is removed ten times faster than ten. Evaluated there by `erl_eval`, so that nothing of ours has to be on the
 * node first. An agent that is leaving (its janitor has a name) is waited for; loading over one that is attached
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
  case {whereis(elixirscope_agent), Gone(150)} of
    {undefined, true} ->
      All = [Parse(Source) || Source <- Sources],
      [Bundler] = [One || One <- All, lists:member({attribute, 1, module, elixirscope_bundle},
                     [case Form of {attribute, _, module, M} -> {attribute, 1, module, M}; _ -> Form end || Form <- One])],
      {ok, elixirscope_bundle, Tool} = compile:forms(Bundler, [binary]),
      Load(elixirscope_bundle, Tool),
      Built = elixirscope_bundle:build(All),
      code:purge(elixirscope_bundle), code:delete(elixirscope_bundle), code:purge(elixirscope_bundle),
      case Built of
        {ok, Module, Binary} -> Load(Module, Binary), ok;
        {error, Errors} -> {error, Errors}
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

/**
 * Compiles the agent on the node and loads it.
 * @throws ElixirScopeError `TRACER_NO_COMPILER` on a node without the compiler application, `TRACER_ALREADY_ATTACHED`,
 * `TRACER_AGENT_REFUSED` when the node's compiler does not take the source, `TRACER_NO_AGENT` when this installation
 * lacks it.
 */
export async function loadAgent(connection: DistConnection): Promise<void> {
  const found = await connection.rpc("code", "which", [atom("compile")]);
  if (isAtom(found, "non_existing")) {
    throw new ElixirScopeError(
      "TRACER_NO_COMPILER",
      "This node has no Erlang compiler (the release leaves out the `compiler` application). Add :compiler to its applications and start it again.",
    );
  }
  const sources = (await agentSources()).map(binary);
  const answer = await evaluate(connection, BOOTSTRAP, [tuple(atom("Sources"), sources)]);
  if (isAtom(answer, "ok")) return;
  if (isTagged(answer, "already_attached", 2) || isAtom(answer, "still_leaving")) throw alreadyAttached();
  throw new ElixirScopeError(
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
