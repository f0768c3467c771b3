import type { DistConnection } from "@elixirscope/dist";
import { atom, binary, inspect, isAtom, isTagged, type Term, tuple } from "@elixirscope/etf";
import { ElixirScopeError } from "../model/index.ts";
import { notAllowed } from "./agent-answers.ts";
import { BUNDLE } from "./agent-build.ts";
import { cachePath, writeCache } from "./agent-cache.ts";
import { type AgentFiles, agentFiles } from "./agent-files.ts";
import { codeOfOlder, codeOfRuntime, type Runtime } from "./agent-prebuilt.ts";
import { evaluate } from "./evaluate.ts";

/**
 * Loads `Compiled`, or makes one module of `Sources` on the node, loads that and answers it: to remove a module the node
 * looks at each of its processes, so one is removed ten times faster than ten. Evaluated there by `erl_eval`, so that
 * nothing of ours has to be on the node first. Loading takes milliseconds and goes before the application's work;
 * compiling takes its turn. An agent that is leaving (its janitor has a name) is waited for; loading over one that is attached
 * would kill it. Where whoever runs the node allows nobody (agent/README.md), nothing is loaded at all.
 */
const BOOTSTRAP = `${BUNDLE}  Gone = fun Gone(0) -> false;
             Gone(Left) -> case whereis(elixirscope_janitor) of
                             undefined -> true;
                             _ -> receive after 20 -> Gone(Left - 1) end
                           end
         end,
  Load = fun(Module, Binary) -> {module, Module} = code:load_binary(Module, atom_to_list(Module) ++ ".erl", Binary) end,
  Known = fun(Binary) -> is_binary(Binary) andalso process_flag(priority, high) =/= high andalso
            code:load_binary(elixirscope_agent, "elixirscope_agent.erl", Binary) =:= {module, elixirscope_agent} end,
  Compile = fun() ->
      case Bundle(Sources, Load) of
        {ok, Module, Binary} -> Load(Module, Binary), {compiled, Binary};
        {error, Errors} -> {error, Errors}
      end
  end,
  case {whereis(elixirscope_agent), application:get_env(kernel, elixirscope) =/= {ok, false} andalso Gone(150)} of
    {undefined, true} ->
      case Known(Compiled) of
        true -> ok;
        false when Sources =:= [] -> not_loaded;
        false -> Compile()
      end;
    {undefined, false} ->
      case application:get_env(kernel, elixirscope) of {ok, false} -> not_allowed; _ -> still_leaving end;
    {Pid, _} -> {already_attached, Pid}
  end.
`;

/** Milliseconds for compiling on a node that has other things to do; 1.5 s where it has not. */
const COMPILE_MS = 60_000;

/**
 * Loads the agent: as a node with the same runtime compiled it before or as it was shipped for its OTP release, else compiled there
 * now. A node without a compiler gets what an older runtime compiled ({@link codeOfOlder}).
 * @throws ElixirScopeError `TRACER_NO_COMPILER` where there is nothing for a node without the compiler application,
 * `TRACER_ALREADY_ATTACHED`, `TRACER_NOT_ALLOWED`, `TRACER_AGENT_REFUSED` when a compiler does not take the source or the node not the code,
 * `TRACER_NO_AGENT` when this installation lacks it.
 */
export async function loadAgent(connection: DistConnection): Promise<void> {
  const [compiler, otp, erts, agent] = await Promise.all([
    connection.rpc("code", "which", [atom("compile")], { timeoutMs: COMPILE_MS }),
    connection.rpc("erlang", "system_info", [atom("otp_release")]),
    connection.rpc("erlang", "system_info", [atom("version")]),
    agentFiles(),
  ]);
  const runtime = { otp: Number(text(otp)), erts: text(erts) };
  const canCompile = !isAtom(compiler, "non_existing");
  const code =
    (await codeOfRuntime(agent, runtime)) ?? (canCompile ? undefined : await older(agent, runtime));
  const bindings = [
    tuple(atom("Compiled"), code ?? atom("none")),
    tuple(atom("Sources"), canCompile ? agent.texts.map(binary) : []),
  ];
  const answer = await evaluate(connection, BOOTSTRAP, bindings, COMPILE_MS);
  if (isAtom(answer, "ok")) return;
  if (isTagged(answer, "compiled", 2)) {
    return writeCache(cachePath(agent.hash, runtime.erts), answer.elements[1] as Uint8Array);
  }
  throw refusal(answer);
}

const text = (characters: Term): string => String.fromCharCode(...(characters as readonly number[]));

async function older(agent: AgentFiles, runtime: Runtime): Promise<Uint8Array> {
  const found = await codeOfOlder(agent, runtime);
  if (found.code) return found.code;
  throw new ElixirScopeError(
    "TRACER_NO_COMPILER",
    `This node has no Erlang compiler (its release leaves out the application compiler), and there is no agent that OTP ${runtime.otp - 2} to ${runtime.otp} compiled. ${found.looked.join(" ")} Have an Erlang of OTP ${runtime.otp - 2} to ${runtime.otp} in the PATH, attach once to a node of the same OTP that has a compiler, or add compiler to the release’s applications.`,
  );
}

function refusal(answer: Term): ElixirScopeError {
  if (isAtom(answer, "not_loaded")) {
    return new ElixirScopeError(
      "TRACER_AGENT_REFUSED",
      "The node did not load the agent that an older OTP compiled, and has no compiler. Have an Erlang of its own OTP release in the PATH, or add compiler to the release’s applications.",
    );
  }
  if (isAtom(answer, "not_allowed")) return notAllowed(atom("false"));
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
