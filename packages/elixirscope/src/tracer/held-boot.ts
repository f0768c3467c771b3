import type { DistConnection } from "@elixirscope/dist";
import { Atom, atom, binary, type Term, tuple } from "@elixirscope/etf";
import type { HeldBoot } from "../model/index.ts";
import { evaluate } from "./evaluate.ts";

/**
 * Its wait has a limit, which may be shorter than a busy machine needs to compile our agent. So, as soon as we are connected, its process is
 * suspended by one that ends when our connection does; then the boot goes on by itself.
 */
const HOLD = `
  Find = fun() ->
    case whereis(kernel_sup) of
      undefined -> [];
      Sup ->
        {links, Links} = process_info(Sup, links),
        [Pid || Pid <- Links, is_pid(Pid), proc_lib:translate_initial_call(Pid) =:= {kernel_config, init, 1}]
    end
  end,
  Wait = fun Wait(0) -> ok;
             Wait(Left) ->
    case Find() of
      [Pid | _] ->
        true = erlang:suspend_process(Pid),
        receive {nodedown, Us} -> ok end;
      [] ->
        receive {nodedown, Us} -> ok after 5 -> Wait(Left - 1) end
    end
  end,
  spawn(fun() ->
    register(elixirscope_hold, self()),
    monitor_node(Us, true),
    Wait(1000)
  end).
`;

/**
 * The kernel application waits, in `kernel_config`, for the message that a node of its list came up
 * (`sync_nodes_optional`; kernel/src/kernel_config.erl, the same from OTP 25 to 29). We send that message. A node that
 * is not held ignores it; one whose kernel_supervisor has not come that far yet gets up to 5 s.
 */
const RELEASE = `
  [case Value of
     unset -> os:unsetenv(binary_to_list(Name));
     _ -> os:putenv(binary_to_list(Name), unicode:characters_to_list(Value))
   end || {Name, Value} <- Environment],
  LetGo = fun(undefined) -> ok;
             (Holder) ->
    Monitor = erlang:monitor(process, Holder),
    exit(Holder, kill),
    receive {'DOWN', Monitor, process, _, _} -> ok end
  end,
  Release = fun Release(0) -> not_found;
                Release(Left) ->
    {links, Links} = process_info(whereis(kernel_sup), links),
    case [Pid || Pid <- Links, is_pid(Pid), proc_lib:translate_initial_call(Pid) =:= {kernel_config, init, 1}] of
      [Pid | _] -> Pid ! {nodeup, Awaited}, LetGo(whereis(elixirscope_hold)), released;
      [] -> receive after 5 -> Release(Left - 1) end
    end
  end,
  Release(1000).
`;

/** Keeps a node that waits in its boot waiting until {@link releaseBoot}, or until the connection ends. */
export async function holdBoot(connection: DistConnection): Promise<void> {
  await evaluate(connection, HOLD, [tuple(atom("Us"), atom(connection.localName))]);
}

/**
 * Lets a node that `elixirscope run` started go on with its boot, after its environment is what its user meant it to
 * be: what it starts itself must not become a node of the same name.
 * @returns whether the waiting process was there
 */
export async function releaseBoot(connection: DistConnection, held: HeldBoot): Promise<boolean> {
  const environment = Object.entries(held.env).map(([name, value]) =>
    tuple(binary(name), value === null ? atom("unset") : binary(value)),
  );
  const answer: Term = await evaluate(connection, RELEASE, [
    tuple(atom("Environment"), environment),
    tuple(atom("Awaited"), atom(held.awaited)),
  ]);
  return answer instanceof Atom && answer.name === "released";
}
