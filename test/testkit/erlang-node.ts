/**
 * Real Erlang nodes for tests. Every node listens on loopback only and registers with an EPMD of our own on a
 * random port, so that tests collide neither with each other nor with the user's nodes. Nodes and EPMD end when
 * their standard input closes, hence also when the test runner is killed.
 *
 * `ELIXIRSCOPE_ERL` names another `erl` (a wrapper script, for example), so that the same tests run on other
 * OTP releases.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface ErlangNodeOptions {
  /** `name` or `name@host`; the host defaults to 127.0.0.1, a host without a dot means `-sname`. `false`: not distributed. */
  readonly name?: string | false;
  /** Default: a random cookie. */
  readonly cookie?: string;
  /** More arguments for `erl`, such as `-hidden` or `-pa`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** An EPMD that runs already. Default: one shared by all nodes of this test file, ended with its last node. */
  readonly epmdPort?: number;
  /** Default: `ELIXIRSCOPE_ERL`, else `erl` in the path. */
  readonly erl?: string;
}

export interface ErlangNode {
  /** Full node name, `nonode@nohost` where it is not distributed. */
  readonly name: string;
  readonly cookie: string;
  /** Of the BEAM itself, also where a wrapper script started it. */
  readonly pid: number;
  readonly epmdPort: number;
  /** OTP release, such as 25. */
  readonly otp: number;
  /** Settles with the exit code (or signal) when the node ended, however it ended. */
  readonly exited: Promise<number | string>;
  /**
   * Evaluates Erlang expressions (`A = 1, A + 1`) in a process of its own and gives the value of the last one as
   * `~0tp` prints it. Travels over standard input, not over distribution. Rejects with class, reason and stack.
   */
  eval(expressions: string, timeoutMs?: number): Promise<string>;
  /** What the node printed, both streams, newest 64 KB. */
  output(): string;
  /** Ends the node and waits for that; the shared EPMD ends with its last node. Can be called again. */
  stop(): Promise<void>;
}

export interface Epmd {
  readonly port: number;
  stop(): Promise<void>;
}

interface Pending {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

const MARK = "@es@";
const KEEP_OUTPUT = 65_536;
const START_TIMEOUT_MS = 90_000;

// Requests and answers are lines of base64, so that no encoding setting and no other output can disturb them
// (Elixir, when it starts, makes standard input binary).
const EVAL_LOOP = `
Say = fun(Id, Tag, Text) ->
  B = base64:encode(unicode:characters_to_binary(Text)),
  io:put_chars(user, ["\\n${MARK} ", Id, " ", Tag, " ", B, "\\n"])
end,
Run = fun(Id, Code) ->
  try
    {ok, Ts, _} = erl_scan:string(unicode:characters_to_list(base64:decode(Code))),
    {ok, Es} = erl_parse:parse_exprs(Ts),
    {value, V, _} = erl_eval:exprs(Es, []),
    Say(Id, "ok", io_lib:format("~0tp", [V]))
  catch C:R:S -> Say(Id, "error", io_lib:format("~0tp: ~0tp~n~tp", [C, R, S]))
  end
end,
Loop = fun(F) ->
  case io:get_line("") of
    L when is_list(L); is_binary(L) ->
      case string:lexemes(L, " \\n") of
        [Id, Code] -> spawn(fun() -> Run(Id, Code) end), F(F);
        _ -> F(F)
      end;
    _ -> erlang:halt(0, [{flush, false}])
  end
end,
spawn(fun() ->
  Say("0", "ready", io_lib:format("~s ~s ~s", [os:getpid(), erlang:system_info(otp_release), node()])),
  Loop(Loop)
end).`.replaceAll("\n", " ");

/** A port of 127.0.0.1 that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port from the system");
  return address.port;
}

/** Starts an `epmd` of our own in the foreground, loopback only (it listens at 127.0.0.1 in any case), and waits until it listens. */
export async function startEpmd(address = "127.0.0.1"): Promise<Epmd> {
  const port = await freePort();
  // epmd itself never looks at its standard input; the shell does, and takes epmd with it when we are gone.
  const script = 'epmd -port "$0" >/dev/null 2>&1 & E=$!; read _; kill $E; wait $E';
  const child = spawn("/bin/sh", ["-c", script, String(port)], {
    env: { ...process.env, ERL_EPMD_PORT: String(port), ERL_EPMD_ADDRESS: address },
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.stdin.end("\n");
    await exited;
  };
  if (await listens(port, START_TIMEOUT_MS)) return { port, stop };
  await stop();
  throw new Error(`epmd did not start on port ${port}: is Erlang installed and epmd in the path?`);
}

/** Polls, since epmd says nothing when it is ready. */
async function listens(port: number, timeoutMs: number): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const socket = connect(port, "127.0.0.1");
    const open = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return true;
    await delay(5);
  }
  return false;
}

// One EPMD for the nodes of a test file (test files do not share modules).
let sharedEpmd: Promise<Epmd> | undefined;
let sharedUsers = 0;

async function acquireEpmd(): Promise<Epmd> {
  sharedUsers += 1;
  sharedEpmd ??= startEpmd();
  try {
    return await sharedEpmd;
  } catch (error) {
    sharedEpmd = undefined;
    sharedUsers -= 1;
    throw error;
  }
}

async function releaseEpmd(): Promise<void> {
  sharedUsers -= 1;
  if (sharedUsers > 0) return;
  const epmd = sharedEpmd;
  sharedEpmd = undefined;
  await (await epmd)?.stop();
}

function nodeArguments(options: ErlangNodeOptions, cookie: string): string[] {
  // `+pc unicode`: `~tp` shows UTF-8 binaries as text.
  const args = ["+pc", "unicode", "-noshell", "-start_epmd", "false"];
  // Of two the first counts.
  if (!options.args?.includes("inet_dist_use_interface"))
    args.push("-kernel", "inet_dist_use_interface", "{127,0,0,1}");
  if (options.name !== false) {
    const given = options.name ?? `es_test_${randomBytes(4).toString("hex")}`;
    const name = given.includes("@") ? given : `${given}@127.0.0.1`;
    args.push(name.slice(name.indexOf("@")).includes(".") ? "-name" : "-sname", name, "-setcookie", cookie);
  }
  return [...args, ...(options.args ?? []), "-eval", EVAL_LOOP];
}

class Console {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<number | string>;
  text = "";
  #line = "";
  #next = 1;
  readonly #pending = new Map<string, Pending>();

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => this.#receive(chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => this.#keep(chunk));
    // A write to a node that is just dying must not take the test runner with it.
    child.stdin.on("error", () => undefined);
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => this.#ended(code ?? signal ?? -1, resolve));
      child.once("error", (error) => this.#ended(error.message, resolve));
    });
  }

  request(id: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
  }

  async eval(expressions: string, timeoutMs: number): Promise<string> {
    if (this.child.exitCode !== null) throw new Error(`the node has ended\n${this.text}`);
    const id = String(this.#next++);
    const answer = this.request(id);
    const code = /\.\s*$/.test(expressions) ? expressions : `${expressions}.`;
    this.child.stdin.write(`${id} ${Buffer.from(code).toString("base64")}\n`);
    const timer = setTimeout(() => this.#settle(id, "error", `no answer in ${timeoutMs} ms`), timeoutMs);
    try {
      return await answer;
    } catch (error) {
      throw new Error(`${expressions}\n${(error as Error).message}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(chunk: string): void {
    const lines = (this.#line + chunk).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      const [mark, id, tag, text] = line.split(" ");
      if (mark !== MARK || id === undefined || tag === undefined) this.#keep(`${line}\n`);
      else this.#settle(id, tag, Buffer.from(text ?? "", "base64").toString());
    }
  }

  #settle(id: string, tag: string, text: string): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (tag === "error") pending?.reject(new Error(text));
    else pending?.resolve(text);
  }

  #keep(chunk: string): void {
    this.text = (this.text + chunk).slice(-KEEP_OUTPUT);
  }

  #ended(code: number | string, resolve: (code: number | string) => void): void {
    for (const id of Array.from(this.#pending.keys()))
      this.#settle(id, "error", `the node ended (${code})\n${this.text}`);
    resolve(code);
  }
}

/** Kills what did not end by itself in time. */
async function stopProcess(node: Console, pid: number | undefined): Promise<void> {
  node.child.stdin.end();
  const timer = setTimeout(() => {
    for (const victim of new Set([pid, node.child.pid])) {
      try {
        if (victim !== undefined) process.kill(victim, "SIGKILL");
      } catch {
        // It is gone already.
      }
    }
  }, 5_000);
  await node.exited;
  clearTimeout(timer);
}

/** Starts a node and waits until it is up. Stop it in `afterAll`. */
export async function startErlangNode(options: ErlangNodeOptions = {}): Promise<ErlangNode> {
  const cookie = options.cookie ?? randomBytes(10).toString("hex").toUpperCase();
  const shared = options.epmdPort === undefined ? await acquireEpmd() : undefined;
  const epmdPort = options.epmdPort ?? shared?.port ?? 0;
  const child = spawn(options.erl ?? process.env.ELIXIRSCOPE_ERL ?? "erl", nodeArguments(options, cookie), {
    cwd: options.cwd,
    env: {
      ...process.env,
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_CRASH_DUMP: "/dev/null",
      ERL_CRASH_DUMP_SECONDS: "0",
      ...options.env,
    },
    stdio: "pipe",
  });
  const node = new Console(child);
  let pid: number | undefined;
  let stopping: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await stopProcess(node, pid);
    if (shared) await releaseEpmd();
  };
  const stop = (): Promise<void> => {
    stopping ??= end();
    return stopping;
  };
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  try {
    const [osPid, otp, name] = (await node.request("0")).split(" ");
    pid = Number(osPid);
    return {
      name: name ?? "",
      cookie,
      pid,
      epmdPort,
      otp: Number(otp),
      exited: node.exited,
      eval: (expressions, timeoutMs = 120_000) => node.eval(expressions, timeoutMs),
      output: () => node.text,
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`the Erlang node did not start: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
