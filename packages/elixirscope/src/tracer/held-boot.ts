import type { DistConnection } from "@elixirscope/dist";
import { Atom, atom, binary, type Term, tuple } from "@elixirscope/etf";
import type { HeldBoot } from "../model/index.ts";
import { evaluate } from "./evaluate.ts";

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
  Release = fun Release(0) -> not_found;
                Release(Left) ->
    {links, Links} = process_info(whereis(kernel_sup), links),
    case [Pid || Pid <- Links, is_pid(Pid), proc_lib:translate_initial_call(Pid) =:= {kernel_config, init, 1}] of
      [Pid | _] -> Pid ! {nodeup, Awaited}, released;
      [] -> receive after 5 -> Release(Left - 1) end
    end
  end,
  Release(1000).
`;

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
