/** A broker's supervision tree as the broker itself tells it, asked through `rabbitmqctl eval`. */
import { Atom, decode, inspect, Pid, type Term, Tuple } from "@elixirscope/etf";
import type { Rabbit } from "./rabbitmq.ts";

/** One child of one supervisor; terms as Elixir prints them, `pid` null where the child is not running. */
export interface ChildRow {
  readonly supervisor: string;
  readonly id: string;
  readonly pid: string | null;
  readonly type: "worker" | "supervisor";
}

// From the top supervisor of each running application downwards, with nothing but OTP's own functions.
const WALK = `
  Walk = fun Walk(Sup) ->
    lists:flatmap(
      fun({Id, Pid, Type, _Modules}) ->
        Below = case {Type, Pid} of {supervisor, P} when is_pid(P) -> Walk(P); _ -> [] end,
        [{Sup, Id, Pid, Type} | Below]
      end, supervisor:which_children(Sup))
  end,
  Tops = [Top || {App, _, _} <- application:which_applications(),
                 Master <- [application_controller:get_master(App)], is_pid(Master),
                 {Top, _} <- [application_master:get_child(Master)], is_pid(Top)],
  base64:encode(term_to_binary(lists:flatmap(Walk, Tops))).`;

/** Every child of every supervisor, dead ones too. */
export async function childRows(rabbit: Rabbit): Promise<readonly ChildRow[]> {
  const printed = await rabbit.eval(WALK);
  const base64 = Array.from(printed.matchAll(/"([^"]*)"/g), (match) => match[1]).join("");
  const rows = decode(Buffer.from(base64, "base64"));
  if (!Array.isArray(rows)) throw new Error(`not a list of children: ${printed.slice(0, 200)}`);
  return rows.map(childRow);
}

function childRow(row: Term): ChildRow {
  if (!(row instanceof Tuple)) throw new Error(`not a child: ${inspect(row)}`);
  const [supervisor, id, pid, type] = row.elements;
  return {
    supervisor: inspect(supervisor!),
    id: inspect(id!),
    pid: pid instanceof Pid ? inspect(pid) : null,
    type: type instanceof Atom && type.name === "supervisor" ? "supervisor" : "worker",
  };
}
