import { loading } from "./erlang-module.ts";
import type { ErlangNode } from "./erlang-node.ts";

// An application that checks itself: clients pay 1, 2, 3 … into a till, and hold each answer against what they have
// paid so far; the till holds its total against the clients' at the end.
const MODULE = `
  -module(the_till).
  -behaviour(gen_server).
  -export([open/1, close/0, paid/0, init/1, handle_call/3, handle_cast/2]).
  open(Count) ->
    [begin Ref = monitor(process, P), exit(P, kill), receive {'DOWN', Ref, _, _, _} -> ok end end
      || Name <- [the_till_clients, the_till], P <- [whereis(Name)], is_pid(P)],
    {ok, Till} = gen_server:start({local, the_till}, ?MODULE, 0, []),
    Clients = [spawn(fun() -> client(Till, 1, 0) end) || _ <- lists:seq(1, Count)],
    register(the_till_clients, spawn(fun() -> keep(Till, Clients) end)),
    ok.
  client(Till, N, Paid) ->
    receive {close, From} -> From ! {self(), Paid}
    after 1 ->
      Now = Paid + N,
      {Now, _} = gen_server:call(Till, {pay, N}, infinity),
      client(Till, N + 1, Now)
    end.
  keep(Till, Clients) ->
    receive {close, From} ->
      Monitors = [{Client, monitor(process, Client)} || Client <- Clients],
      [Client ! {close, self()} || Client <- Clients],
      Paid = [receive {Client, Sum} -> Sum; {'DOWN', Ref, _, _, Reason} -> {died, Reason} end || {Client, Ref} <- Monitors],
      Total = gen_server:call(Till, total, infinity),
      gen_server:stop(Till),
      From ! {closed, Paid, Total}
    end.
  paid() -> gen_server:call(the_till, total, infinity).
  close() ->
    the_till_clients ! {close, self()},
    receive {closed, Paid, Total} ->
      case lists:all(fun is_integer/1, Paid) andalso lists:sum(Paid) =:= Total andalso Total > 0 of
        true -> right;
        false -> {wrong, Paid, Total}
      end
    end.
  init(Total) -> {ok, Total}.
  handle_call({pay, N}, {From, _}, Total) ->
    Mine = case get(From) of undefined -> N; Before -> Before + N end,
    put(From, Mine),
    {reply, {Mine, Total + N}, Total + N};
  handle_call(total, _, Total) -> {reply, Total, Total}.
  handle_cast(_, Total) -> {noreply, Total}.
`.replaceAll("?MODULE", "the_till");

/** Starts the application on the node (anew); it works until {@link workloadResult} asks for its result. */
export async function startWorkload(node: ErlangNode, clients = 5): Promise<void> {
  await node.eval(`${loading(MODULE)}, the_till:open(${clients})`);
}

/** Ends the application; `right` where everything that it counted adds up. */
export const workloadResult = (node: ErlangNode): Promise<string> => node.eval("the_till:close()");

/** Waits until the application has got on: it works while whatever is tried goes on. */
export async function workloadGoesOn(node: ErlangNode): Promise<void> {
  const before = await node.eval("the_till:paid()");
  await node.eval(
    `(fun Wait() -> case the_till:paid() > ${before} of true -> ok; false -> receive after 5 -> Wait() end end end)()`,
  );
}
