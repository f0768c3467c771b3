import type { DistConnection } from "@elixirscope/dist";
import { Atom, atom, type Term, Tuple, tuple } from "@elixirscope/etf";
import { evaluate } from "./evaluate.ts";

// What a node's own modules tell of their calls: import tables, and for single calls function and line by debug info.

/** A module of an application, and the functions of other modules that it calls. */
export interface ModuleImports {
  readonly application: string;
  readonly module: string;
  readonly imports: readonly CalledFunction[];
}

export interface CalledFunction {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
}

/** Where a module calls a function; `line` 0: unknown. */
export interface CallSite {
  readonly module: string;
  readonly function: string;
  readonly arity: number;
  readonly line: number;
  readonly file: string;
  readonly callee: CalledFunction;
}

/** `code:get_object_code` reads the file; where there is none (a module made in memory) nothing is known. */
const IMPORTS = `
  Imports = fun(M) ->
    case code:get_object_code(M) of
      {M, Binary, _} ->
        case beam_lib:chunks(Binary, [imports]) of
          {ok, {M, [{imports, I}]}} -> [F || {N, _, _} = F <- I, N =/= erlang];
          _ -> []
        end;
      error -> []
    end
  end,
  [{A, M, Imports(M)} || {A, _, _} <- application:loaded_applications(), not lists:member(A, Skipped),
    {ok, Ms} <- [application:get_key(A, modules)], M <- Ms, lists:prefix("Elixir.", atom_to_list(M)),
    lists:any(fun(P) -> N = atom_to_list(M), N =:= P orelse lists:prefix(P ++ ".", N) end, Prefixes)].`;

/** Modules whose name says that they are a Phoenix application's: those with an endpoint. */
const ENDPOINTS = `
  [M || {A, _, _} <- application:loaded_applications(), A =/= phoenix, {ok, Ms} <- [application:get_key(A, modules)], M <- Ms,
    lists:suffix(".Endpoint", atom_to_list(M))].`;

/** Debug info is asked for where a leak is only: the walk is interpreted. */
const SITES = `
  Forms = fun(M) ->
    case code:get_object_code(M) of
      {M, Binary, _} ->
        case beam_lib:chunks(Binary, [debug_info]) of
          {ok, {M, [{debug_info, {debug_info_v1, Backend, Data}}]}} ->
            try Backend:debug_info(erlang_v1, M, Data, []) of {ok, F} -> F; _ -> [] catch _:_ -> [] end;
          _ -> []
        end;
      error -> []
    end
  end,
  Line = fun(Anno) -> try erl_anno:line(Anno) catch _:_ -> 0 end end,
  Walk = fun Walk({call, _, {remote, Anno, {atom, _, N}, {atom, _, F}}, Args}, Acc) ->
               Walk(Args, [{Line(Anno), N, F, length(Args)} | Acc]);
             Walk(T, Acc) when is_tuple(T) -> Walk(tuple_to_list(T), Acc);
             Walk([H | T], Acc) -> Walk(T, Walk(H, Acc));
             Walk(_, Acc) -> Acc
         end,
  File = fun(M) -> try unicode:characters_to_binary(proplists:get_value(source, M:module_info(compile), "")) catch _:_ -> <<>> end end,
  [{M, File(M), [{Name, Arity, Site} || {function, _, Name, Arity, Clauses} <- Forms(M),
                                         {_, N, F, A} = Site <- Walk(Clauses, []), lists:member({N, F, A}, Wanted)]} || M <- Modules].`;

const text = (name: string): readonly number[] => Array.from(name, (char) => char.codePointAt(0)!);

/** Roots of Phoenix applications: `HelloWeb` where there is a `HelloWeb.Endpoint`. */
export async function webRoots(connection: DistConnection): Promise<readonly string[]> {
  const found = await evaluate(connection, ENDPOINTS, []);
  return names(found).map((name) => name.replace(/^Elixir\./, "").replace(/\.Endpoint$/, ""));
}

/** Import tables of the modules with these names and below them, of all applications that are loaded. */
export async function moduleImports(
  connection: DistConnection,
  prefixes: readonly string[],
): Promise<readonly ModuleImports[]> {
  const given = prefixes.map((prefix) => text(`Elixir.${prefix}`));
  const skipped = ["elixir", "kernel", "stdlib", "phoenix", "phoenix_live_view"].map((name) => atom(name));
  const found = await evaluate(connection, IMPORTS, [
    tuple(atom("Prefixes"), given),
    tuple(atom("Skipped"), skipped),
  ]);
  return elements(found).flatMap((item) => {
    const [application, module, imports] = parts(item);
    if (!(application instanceof Atom) || !(module instanceof Atom)) return [];
    return [
      { application: application.name, module: module.name, imports: elements(imports).flatMap(functionOf) },
    ];
  });
}

/** Where `modules` call one of `callees`. */
export async function callSites(
  connection: DistConnection,
  modules: readonly string[],
  callees: readonly CalledFunction[],
): Promise<readonly CallSite[]> {
  const found = await evaluate(connection, SITES, [
    tuple(
      atom("Modules"),
      modules.map((name) => atom(name)),
    ),
    tuple(atom("Wanted"), callees.map(mfa)),
  ]);
  return elements(found).flatMap((item) => {
    const [module, file, sites] = parts(item);
    if (!(module instanceof Atom)) return [];
    const path = file instanceof Uint8Array ? new TextDecoder().decode(file) : "";
    return elements(sites).flatMap((site) => siteOf(module.name, path, site));
  });
}

function siteOf(module: string, file: string, term: Term): readonly CallSite[] {
  const [name, arity, place] = parts(term);
  const [line, ...callee] = parts(place);
  const [called] = functionOf(new Tuple(callee));
  if (!(name instanceof Atom) || !called) return [];
  return [{ module, function: name.name, arity: Number(arity), line: Number(line), file, callee: called }];
}

const mfa = ({ module, function: name, arity }: CalledFunction): Tuple =>
  tuple(atom(module), atom(name), arity);
const elements = (term: Term | undefined): readonly Term[] =>
  Array.isArray(term) ? (term as readonly Term[]) : [];
const parts = (term: Term | undefined): readonly Term[] => (term instanceof Tuple ? term.elements : []);
const names = (term: Term): readonly string[] =>
  elements(term).flatMap((item) => (item instanceof Atom ? [item.name] : []));

function functionOf(term: Term): readonly CalledFunction[] {
  const [module, name, arity] = parts(term);
  if (!(module instanceof Atom) || !(name instanceof Atom)) return [];
  return [{ module: module.name, function: name.name, arity: Number(arity) }];
}
