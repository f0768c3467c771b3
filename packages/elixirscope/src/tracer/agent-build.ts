import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ElixirScopeError } from "../model/index.ts";

/**
 * Erlang, bindings that stand in front of other expressions: `Bundle(Sources, Load)` makes one module of the agent's sources
 * (binaries), and answers `{ok, Module, Code} | {error, Errors}`. `Load` puts the module that does it into the node.
 */
export const BUNDLE = `
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
  Bundle = fun(AllSources, LoadOne) ->
      All = [Parse(Source) || Source <- AllSources],
      [Bundler] = [One || One <- All, lists:member({attribute, 1, module, elixirscope_bundle},
                     [case Form of {attribute, _, module, M} -> {attribute, 1, module, M}; _ -> Form end || Form <- One])],
      {ok, elixirscope_bundle, Tool} = compile:forms(Bundler, [binary]),
      LoadOne(elixirscope_bundle, Tool),
      Built = elixirscope_bundle:build(All),
      code:purge(elixirscope_bundle), code:delete(elixirscope_bundle), code:purge(elixirscope_bundle),
      Built
  end,
`;

/** An Erlang on the machine of ElixirScope. */
export interface LocalErlang {
  /** Such as 27. */
  readonly otp: number;
  /** Version of its runtime, such as 15.2.7. */
  readonly erts: string;
}

/** What runs in an Erlang of our own: neither a name nor a cookie, nothing of the user's. */
const QUIET = ["-boot", "no_dot_erlang", "-noshell", "-noinput"];
/** Two seconds on an idle machine. */
const TIMEOUT_MS = 180_000;

const VERSION = `io:format("~s ~s~n", [erlang:system_info(otp_release), erlang:system_info(version)]), halt().`;

const BUILD = `${BUNDLE}
  [Out | Files] = init:get_plain_arguments(),
  Sources = [element(2, {ok, _} = file:read_file(File)) || File <- Files],
  Load = fun(Module, Code) -> {module, Module} = code:load_binary(Module, atom_to_list(Module), Code) end,
  case Bundle(Sources, Load) of
    {ok, _, Binary} -> ok = file:write_file(Out, Binary), halt(0);
    {error, Errors} -> io:format("~0tp~n", [Errors]), halt(1)
  end.`;

/**
 * Which Erlang a program is.
 * @returns `undefined` where there is none, or what is called so is none
 */
export async function localErlang(erl = "erl"): Promise<LocalErlang | undefined> {
  const said = await evaluated(erl, VERSION).catch(() => "");
  const [, otp, erts] = /^(\d+) ([\d.]+)/.exec(said) ?? [];
  return otp === undefined || erts === undefined ? undefined : { otp: Number(otp), erts };
}

/**
 * Compiles the agent outside of any node.
 * @param files its sources
 * @throws ElixirScopeError `TRACER_AGENT_REFUSED` with what the compiler said
 */
export async function buildAgent(files: readonly string[], erl = "erl"): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "elixirscope-agent-"));
  const out = join(folder, "agent.beam");
  try {
    await evaluated(erl, BUILD, [out, ...files]);
    return await readFile(out);
  } catch (cause) {
    throw new ElixirScopeError(
      "TRACER_AGENT_REFUSED",
      `The Erlang of this machine (${erl}) did not compile the agent: ${(cause as Error).message}`,
      {},
      cause,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the program prints; its environment has nothing that could change what is compiled, or give it a name. */
function evaluated(erl: string, code: string, plain: readonly string[] = []): Promise<string> {
  const own = ["ERL_AFLAGS", "ERL_FLAGS", "ERL_ZFLAGS", "ERL_LIBS", "ERL_COMPILER_OPTIONS"];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.includes(name)));
  const args = [
    ...QUIET,
    "-eval",
    code.replaceAll("\n", " "),
    ...(plain.length > 0 ? ["-extra", ...plain] : []),
  ];
  // By SIGTERM it would end as if it were done.
  const limits = { timeout: TIMEOUT_MS, killSignal: "SIGKILL", maxBuffer: 1 << 20 } as const;
  return new Promise((resolve, reject) => {
    execFile(erl, args, { env, encoding: "utf8", ...limits }, (error, stdout) => {
      if (!error) return resolve(stdout);
      const why = error.killed === true ? `nothing after ${TIMEOUT_MS / 1_000} s` : stdout.slice(0, 500);
      reject(new Error(why || error.message.slice(0, 200), { cause: error }));
    });
  });
}
