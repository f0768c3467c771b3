import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Engine, runJob } from "elixirscope/engine";
import { openDuckDbStore } from "elixirscope/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

// Secrets go through a real node in many shapes; then every byte that was recorded is searched for them. The same run
// without redaction shows that the search finds what is there.

/** Stands in every secret and in nothing else; no word of ours is in it. */
const MARK = "Zw9kMfq";
/** Said openly, so that a recording of nothing cannot pass. */
const OPEN = "said_openly_4711";
/** A parameter that only this application calls secret. */
const OWN_WORD = "iban_no";

/**
 * Erlang for a text with the mark and a number of its own. It is put together when it runs: the shell hands on code as
 * terms, so that what stands in the source would be recorded as source.
 */
const list = (n: number): string => `("${MARK.slice(0, 4)}" ++ "${MARK.slice(4)}_${n}_")`;
const secret = (n: number): string => `(list_to_binary(${list(n)}))`;

const SHAPES: readonly string[] = [
  `#{<<"email">> => <<"a@b.c">>, <<"password">> => ${secret(0)}}`,
  `#{password => ${secret(1)}, n => 1}`,
  `[{user, <<"bo">>}, {password, ${secret(2)}}]`,
  `[{<<"authorization">>, <<"Bearer ", ${secret(3)}/binary>>}, {<<"accept">>, <<"*/*">>}]`,
  `{"Cookie", "_app_key=" ++ ${list(4)}}`,
  `<<"user[email]=a&user[password]=", ${secret(5)}/binary, "&x=1">>`,
  `<<"{\\"n\\":1,\\"token\\":\\"", ${secret(6)}/binary, "\\"}">>`,
  `<<"POST / HTTP/1.1\\r\\nAuthorization: Basic ", ${secret(7)}/binary, "\\r\\nHost: x\\r\\n\\r\\n">>`,
  `"login?api_key=" ++ ${list(8)} ++ "&n=1"`,
  `#{'__struct__' => 'Elixir.Shop.User', hashed_password => ${secret(9)}, name => <<"Bo">>}`,
  `#{credentials => #{<<"deep">> => [{x, [${list(10)}, {${secret(11)}}]}]}}`,
  `{put, user_token, ${secret(12)}}`,
  `#{'__struct__' => 'Elixir.Plug.Conn', req_headers => [{<<"x-csrf-token">>, ${secret(13)}}], cookies => #{<<"_shop">> => ${secret(14)}}}`,
  `[<<"authorization">>, <<": ">>, <<"Bearer ", ${secret(15)}/binary>>, <<"\\r\\n">>]`,
  `{cookie, list_to_atom(${list(16)})}`,
  `#{${OWN_WORD} => ${secret(17)}}`,
  `(fun(Key) -> fun() -> Key end end)([{secret_key, ${secret(18)}}])`,
  `#{client_secret => list_to_tuple([${secret(19)} || _ <- lists:seq(1, 300)])}`,
];
/** Numbers for what is not a message. */
const CALL = 100;
const CRASH = 101;
const ARGUMENT = 102;
const REPORT = 103;
const LOGGED = 104;

const SCRIPT = `
  Me = self(),
  Sink = spawn(fun Loop() -> receive stop -> Me ! stopped; _ -> Loop() end end),
  [Sink ! {shape, T, ${OPEN}} || T <- [${SHAPES.join(", ")}]],
  catch string:to_integer(#{passwd => ${secret(CALL)}}),
  {Pid, Ref} = spawn_monitor(fun() ->
    put(state, #{token => ${secret(CRASH)}}),
    exit({crashed_openly, #{user => <<"bo">>, password => ${secret(CRASH)}}, <<"password=", ${secret(CRASH)}/binary>>})
  end),
  receive {'DOWN', Ref, process, Pid, _} -> ok end,
  Started = spawn(lists, foreach, [fun(_) -> ok end, [{access_token, ${secret(ARGUMENT)}}]]),
  monitor(process, Started), receive {'DOWN', _, process, Started, _} -> ok end,
  {Proc, ProcRef} = proc_lib:spawn_opt(fun() ->
    exit({reported_openly, #{password => ${secret(REPORT)}, <<"api_key">> => ${secret(REPORT)}, n => lists:seq(1, 60)}})
  end, [monitor]),
  receive {'DOWN', ProcRef, process, Proc, _} -> ok end,
  logger:error("~p", [[{<<"authorization">>, <<"Bearer ", ${secret(LOGGED)}/binary>>}, {n, lists:seq(1, 60)}]]),
  erlang:get_cookie(),
  Sink ! stop, receive stopped -> ok end
`;

let node: ErlangNode;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "redaction-test-"));
  node = await startErlangNode({ name: "redaction_test" });
  process.env.ERL_EPMD_PORT = String(node.epmdPort);
  await node.eval(`application:set_env(phoenix, filter_parameters, [<<"password">>, <<"${OWN_WORD}">>])`);
});
afterAll(async () => {
  await node.stop();
  rmSync(folder, { recursive: true });
});

async function record(file: string, redaction: false | readonly string[]): Promise<readonly string[]> {
  const engine = await Engine.start({ version: "0.0.0", recording: file, redaction });
  try {
    const patterns = ["string.to_integer/1"];
    await engine.call("attach", { node: node.name, cookie: node.cookie, level: "calls", patterns });
    await node.eval(SCRIPT);
    await engine.call("detach", {});
    const { rows } = await engine.call("events", { limit: 10_000 });
    const exits = await engine.call("processes", { alive: false, limit: 1_000 });
    return [...rows.map((row) => row.summary), JSON.stringify(exits)];
  } finally {
    await engine.stop();
  }
}

/** All payloads and batches as they were stored, uncompressed. */
async function storedBytes(file: string): Promise<Buffer> {
  const store = await openDuckDbStore(file, { mode: "read" });
  const payloads: Uint8Array[] = [];
  try {
    for (const { payload } of await store.events({ order: "oldest_first", limit: 1_000_000 }))
      payloads.push(new Uint8Array(payload));
  } finally {
    await store.close();
  }
  return Buffer.concat(payloads);
}

/** Every value of every table, as text or bytes: whatever else may have been put there. */
async function everyValue(file: string): Promise<Buffer> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const parts: Buffer[] = [];
  const tables = await connection.runAndReadAll("SELECT table_name FROM duckdb_tables()");
  for (const [table] of tables.getRows()) {
    const rows = await connection.runAndReadAll(`SELECT * FROM "${String(table)}"`);
    for (const row of rows.getRows()) {
      for (const value of row) {
        const { bytes } = (value ?? {}) as { readonly bytes?: Uint8Array };
        parts.push(bytes ? Buffer.from(bytes) : Buffer.from(String(value)));
      }
    }
  }
  connection.closeSync();
  instance.closeSync();
  return Buffer.concat(parts);
}

const numbersIn = (bytes: Buffer): ReadonlySet<number> =>
  new Set(
    Array.from(bytes.toString("latin1").matchAll(new RegExp(`${MARK}_(\\d+)_`, "g")), (found) =>
      Number(found[1]),
    ),
  );

async function metaOf(file: string): Promise<readonly string[]> {
  const store = await openDuckDbStore(file, { mode: "read" });
  try {
    return JSON.parse((await store.meta()).get("redaction") ?? "null") as readonly string[];
  } finally {
    await store.close();
  }
}

describe("a recording", () => {
  it("holds no secret, in no shape, and says by which keys it was redacted [safety.redaction] [safety.redaction.default] [safety.redaction.own-keys]", async () => {
    const file = join(folder, "redacted.esrec");
    const answers = await record(file, []);
    for (const bytes of [
      readFileSync(file),
      await storedBytes(file),
      await everyValue(file),
      Buffer.from(answers.join("\n")),
    ]) {
      expect([...numbersIn(bytes)]).toEqual([]);
      expect(bytes.includes(MARK)).toBe(false);
      expect(bytes.includes(node.cookie), "the cookie, which net_kernel's auth hands out").toBe(false);
    }
    const stored = await storedBytes(file);
    expect(stored.includes(OPEN)).toBe(true);
    expect(stored.includes("crashed_openly")).toBe(true);
    expect(stored.includes("a@b.c")).toBe(true);
    expect(stored.toString("latin1"), "the report as the logger prints it").toMatch(
      /exception exit: \{reported_openly,\s*#\{[\s\S]*password => <<"\*+">>/,
    );
    // The order of a map's keys is the node's, and on OTP 26+ no alphabetical one.
    const shown = /%\{(?:n: 1, password: "\*{3,}"|password: "\*{3,}", n: 1)/;
    expect(answers.some((answer) => shown.test(answer))).toBe(true);
    expect(await metaOf(file)).toEqual(expect.arrayContaining(["password", "token", "cookie", OWN_WORD]));
  });

  it("holds them all where redaction was switched off, so that the search can find them", async () => {
    const file = join(folder, "open.esrec");
    const answers = await record(file, false);
    const planted = Array.from(SCRIPT.matchAll(/_(\d+)_"/g), (found) => Number(found[1]));
    expect(planted).toEqual(
      expect.arrayContaining([...Array(20).keys(), CALL, CRASH, ARGUMENT, REPORT, LOGGED]),
    );
    for (const bytes of [await storedBytes(file), await everyValue(file)]) {
      expect(bytes.includes(node.cookie)).toBe(true);
      expect(planted.filter((number) => !numbersIn(bytes).has(number))).toEqual([]);
    }
    expect(numbersIn(Buffer.from(answers.join("\n"))).size).toBeGreaterThan(10);
    expect(await metaOf(file)).toEqual([]);
  });

  it("is given away without its secrets and without what is to be hidden, though it was recorded with them [insight.share]", async () => {
    const open = join(folder, "open.esrec");
    const out = join(folder, "shared.esrec");
    const job = { type: "share", recordings: [open], out, choice: {}, version: "0.0.0" } as const;
    const secrets = { words: [OWN_WORD], hidden: [node.cookie, "/[a-z]@[a-z]\\.c/", "4711"] };
    const { signal } = new AbortController();
    const result = await runJob({ ...job, ...secrets }, { onProgress: () => undefined, signal });
    expect(result.overwritten).toBeGreaterThan(20);
    for (const bytes of [readFileSync(out), await storedBytes(out), await everyValue(out)]) {
      expect([...numbersIn(bytes)]).toEqual([]);
      const there = [MARK, node.cookie, "a@b.c", OPEN].filter((text) => bytes.includes(text));
      expect(there).toEqual([]);
    }
    const [before, after] = [await storedBytes(open), await storedBytes(out)];
    expect(after.length).toBe(before.length);
    expect(after.includes("crashed_openly")).toBe(true);
    expect(after.includes("said_openly_****")).toBe(true);
    expect(await metaOf(out)).toEqual(expect.arrayContaining(["password", "token", "cookie", OWN_WORD]));
  });
});
