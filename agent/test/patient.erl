%% The tests of a module with one limit of time for each, whatever limits they
%% name: how long a test takes is a matter of the machine, and a limit is there
%% for one that hangs. (The 5 s that EUnit gives each cannot be scaled on OTP 25.)
-module(patient).

-export([tests/1]).

-define(SECONDS, 300).

tests(Module) ->
    {atom_to_list(Module), [tests(Module, Name, lists:reverse(atom_to_list(Name))) || {Name, 0} <- Module:module_info(exports)]}.

tests(Module, Name, "_tset_" ++ _) -> {generator, fun() -> patient(Module:Name()) end};
tests(Module, Name, "tset_" ++ _) -> patient({Module, Name});
tests(_, _, _) -> [].

patient({timeout, _, Tests}) -> patient(Tests);
patient({setup, Setup, Cleanup, Instantiate}) -> {setup, Setup, Cleanup, fun(Made) -> patient(Instantiate(Made)) end};
patient({Title, Tests}) when is_list(Title) -> {Title, patient(Tests)};
patient(Tests) when is_list(Tests) -> [patient(Test) || Test <- Tests];
patient(Test) -> {timeout, ?SECONDS, Test}.
