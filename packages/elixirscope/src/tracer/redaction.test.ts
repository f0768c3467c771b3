import {
  Atom,
  atom,
  binary,
  decodeTerm,
  ErlangMap,
  encode,
  inspect,
  Pid,
  type Term,
  Tuple,
  tuple,
} from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import type { EventBatch } from "../model/index.ts";
import { BatchScanner } from "./batch-scanner.ts";
import { Dictionary } from "./dictionary.ts";
import { Redactor } from "./redaction.ts";
import { filterParameters } from "./redaction-words.ts";
import { NameRegistry } from "./scan-target.ts";

const PID = new Pid("demo@127.0.0.1", 5, 0, 7);
const map = (...entries: readonly (readonly [Term, Term])[]): ErlangMap => new ErlangMap(entries);
const charlist = (text: string): readonly number[] => [...binary(text)];
const event = (...fields: readonly Term[]): Term => tuple(atom("trace_ts"), PID, ...fields, 1);
const struct = (name: string, ...entries: readonly (readonly [string, Term])[]): ErlangMap =>
  map(
    [atom("__struct__"), atom(`Elixir.${name}`)],
    ...entries.map(([key, value]) => [atom(key), value] as const),
  );

function scanned(events: readonly Term[]): { readonly batch: EventBatch; readonly dictionary: Dictionary } {
  const dictionary = new Dictionary();
  const target = {
    node: 0,
    nodeName: "demo@127.0.0.1",
    timeOffset: 0n,
    names: new NameRegistry(),
    numbering: { batch: 0, id: 1 },
  };
  return { dictionary, batch: new BatchScanner(dictionary, target).scan(new Uint8Array(encode(events))) };
}

function redacted(events: readonly Term[], words: readonly string[] = []): readonly Term[] {
  const { batch, dictionary } = scanned(events);
  new Redactor(words).redact(batch, dictionary.functions);
  return Array.from({ length: batch.count }, (_, i) => decodeTerm(batch.bytes, batch.offset[i]!).term);
}

/** A message as it reads after redaction. */
const message = (term: Term, words: readonly string[] = []): string =>
  inspect(redacted([event(atom("receive"), term)], words)[0]!);

const text = (value: string, words: readonly string[] = []): string =>
  new TextDecoder().decode(redacted([event(atom("receive"), binary(value))], words)[0] as Uint8Array);

describe("secret keys in terms", () => {
  it("covers maps, by atom and by string", () => {
    expect(message(map([binary("email"), binary("a@b.c")], [binary("password"), binary("hunter2")]))).toBe(
      '%{"email" => "a@b.c", "password" => "*******"}',
    );
    expect(message(map([atom("hashed_password"), binary("$2b$12$abc")], [atom("name"), binary("Bo")]))).toBe(
      '%{hashed_password: "**********", name: "Bo"}',
    );
  });

  it("covers keyword lists, header lists and charlists", () => {
    expect(message([tuple(atom("user"), binary("bo")), tuple(atom("password"), binary("hunter2"))])).toBe(
      '[user: "bo", password: "*******"]',
    );
    expect(
      message([tuple(binary("Authorization"), binary("Bearer abc")), tuple(binary("accept"), binary("*/*"))]),
    ).toBe('[{"Authorization", "**********"}, {"accept", "*/*"}]');
    expect(message([tuple(charlist("x-api-key"), charlist("k3y"))])).toBe('[{~c"x-api-key", ~c"***"}]');
    expect(message(tuple(binary("authorization"), [binary("Basic "), [charlist("dXNlcg")]]))).toBe(
      '{"authorization", ["******", [~c"******"]]}',
    );
  });

  it("reads a connection of Plug", () => {
    const conn = struct(
      "Plug.Conn",
      ["method", binary("POST")],
      [
        "req_headers",
        [
          tuple(binary("host"), binary("localhost")),
          tuple(binary("cookie"), binary("_shop_key=SFMyNTY.g3QA")),
        ],
      ],
      ["cookies", map([binary("_shop_key"), binary("SFMyNTY.g3QA")])],
      [
        "resp_cookies",
        map([binary("_shop_key"), map([atom("value"), binary("SFMy")], [atom("http_only"), atom("true")])]),
      ],
      [
        "body_params",
        map([
          binary("user"),
          map([binary("email"), binary("a@b.c")], [binary("password"), binary("hunter2")]),
        ]),
      ],
      [
        "private",
        map([atom("plug_session"), map([binary("user_id"), 7], [binary("_csrf_token"), binary("kxyz")])]),
      ],
      ["secret_key_base", binary("base64base64")],
    );
    expect(message(conn)).toBe(
      "%Plug.Conn{" +
        'method: "POST", req_headers: [{"host", "localhost"}, {"cookie", "**********************"}], ' +
        'cookies: %{"_shop_key" => "************"}, resp_cookies: %{"_shop_key" => %{value: "****", http_only: true}}, ' +
        'body_params: %{"user" => %{"email" => "a@b.c", "password" => "*******"}}, ' +
        'private: %{plug_session: %{"user_id" => 7, "_csrf_token" => "****"}}, secret_key_base: "************"}',
    );
  });

  it("reads what a LiveView is told", () => {
    const save = struct(
      "Phoenix.Socket.Message",
      ["event", binary("event")],
      [
        "payload",
        map(
          [binary("type"), binary("form")],
          [binary("value"), binary("user%5Bemail%5D=a%40b&user%5Bpassword%5D=hunter2&_csrf_token=Ab12")],
        ),
      ],
    );
    expect(message(save)).toContain(
      '"value" => "user%5Bemail%5D=a%40b&user%5Bpassword%5D=*******&_csrf_token=****"',
    );
    const join = map(
      [binary("session"), binary("SFMyNTY.abc")],
      [binary("params"), map([binary("_mounts"), 0])],
    );
    expect(message(join)).toBe('%{"session" => "***********", "params" => %{"_mounts" => 0}}');
  });

  it("leaves a session's own keys readable, but no session id", () => {
    expect(
      message(map([atom("session"), map([binary("user_id"), 7], [binary("user_token"), binary("abc")])])),
    ).toBe('%{session: %{"user_id" => 7, "user_token" => "***"}}');
    expect(
      message(
        map(
          [atom("session_id"), binary("abc")],
          [atom("sessions"), 3],
          [atom("live_session"), atom("default")],
        ),
      ),
    ).toBe('%{session_id: "***", sessions: 3, live_session: :default}');
  });

  it("overwrites everything under a secret key, and keeps what tells nothing", () => {
    const inner = map(
      [binary("id"), 300],
      [binary("at"), tuple(atom("pin"), 1234567890123456789n, -5)],
      [binary("parts"), [binary("abc"), charlist("def"), PID, atom("nil")]],
      [atom("__struct__"), atom("Elixir.Vault")],
      [atom("Sw0rdfish"), atom("Sw0rdfish")],
    );
    expect(inspect(redacted([event(atom("receive"), map([atom("credentials"), inner]))])[0]!)).toBe(
      '%{credentials: %{"id" => 0, "at" => {:"***", 0, 0}, "parts" => ["***", ~c"***", #PID<0.5.0>, nil], :__struct__ => Vault, :Sw0rdfish => :"*********"}}',
    );
  });

  it("overwrites members of a set, and keeps them different", () => {
    const set = struct("MapSet", ["map", map([binary("tokenA"), []], [binary("tokenB"), []])]);
    const [term] = redacted([event(atom("receive"), map([atom("api_tokens"), set]))]);
    const members = ((term as ErlangMap).get("api_tokens") as ErlangMap).get("map") as ErlangMap;
    const names = members.entries.map(([key]) => new TextDecoder().decode(key as Uint8Array));
    expect(names.every((name) => /^\**\d*$/.test(name) && name.length === 6)).toBe(true);
    expect(new Set(names).size).toBe(2);
  });

  it("takes what stands behind a key in longer tuples and in argument lists", () => {
    expect(message(tuple(atom("put"), atom("user_token"), binary("abc"), binary("def")))).toBe(
      '{:put, :user_token, "***", "def"}',
    );
    expect(message([map(), atom("user_token"), binary("abc")])).toBe('[%{}, :user_token, "***"]');
    expect(message([atom("email"), atom("password"), atom("name")])).toBe("[:email, :password, :name]");
    expect(message([binary("password"), binary("email")])).toBe('["password", "email"]');
  });

  it("leaves stack traces, modules and children as they are", () => {
    const frame = tuple(atom("Elixir.Auth"), atom("check_password"), 2, [
      tuple(atom("file"), charlist("auth.ex")),
      tuple(atom("line"), 9),
    ]);
    expect(message([frame])).toBe('[{Auth, :check_password, 2, [file: ~c"auth.ex", line: 9]}]');
    expect(message(tuple(atom("Elixir.Shop.Token"), binary("started")))).toBe('{Shop.Token, "started"}');
    expect(message(tuple(atom("token_cache"), PID, atom("worker")))).toBe(
      "{:token_cache, #PID<0.5.0>, :worker}",
    );
  });

  it("knows words that only look like secrets", () => {
    const harmless = map(
      [atom("tokenizer"), 5],
      [atom("secretary"), binary("Bo")],
      [atom("cwd"), binary("/srv")],
      [atom("pwdx"), 1],
      [atom("secret"), 6],
    );
    expect(message(harmless)).toBe('%{tokenizer: 5, secretary: "Bo", cwd: "/srv", pwdx: 1, secret: 0}');
    expect(message(map([atom("userPwd"), binary("abc")], [atom("db-pwd"), binary("abc")]))).toBe(
      '%{userPwd: "***", "db-pwd": "***"}',
    );
  });

  it("goes into what a fun closes over, and spares the sizes of what was cut", () => {
    const cut = tuple(atom("$elixirscope_cut"), 90_000, binary("begin of a private key"));
    expect(message(map([atom("private_key"), cut]))).toBe(
      `%{private_key: {:"$elixirscope_cut", 90000, "${"*".repeat(22)}"}}`,
    );
  });
});

describe("secrets in texts", () => {
  it.each([
    ["user=bo&password=hunter2&x=1", "user=bo&password=*******&x=1"],
    ["https://x.test/cb?access_token=abc.def&state=1", "https://x.test/cb?access_token=*******&state=1"],
    ["password=it's(me);,&x=1", "password=**********&x=1"],
    ['{"user":"bo","password":"hun\\"ter2","n":1}', '{"user":"bo","password":"*********","n":1}'],
    ['{"token": 1234, "ok": true, "secret": null}', '{"token": ****, "ok": true, "secret": null}'],
    ['{"credentials":{"user":"bo","pins":[1,2]},"n":1}', '{"credentials":{"****":"**","****":[*,*]},"n":1}'],
    ['"{\\"password\\":\\"hun\\\\\\"ter\\",\\"n\\":1}"', '"{\\"password\\":\\"**********\\",\\"n\\":1}"'],
    [
      '["1","2","lv:x","event",{"value":"a=1&user[password]=hunter2"}]',
      '["1","2","lv:x","event",{"value":"a=1&user[password]=*******"}]',
    ],
    [
      'POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Digest username="a", uri="/"\r\nCookie: a=b; c=d\r\nAccept: */*\r\n\r\n',
      `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ${"*".repeat('Digest username="a", uri="/"'.length)}\r\nCookie: ********\r\nAccept: */*\r\n\r\n`,
    ],
    ["curl -H 'x: Bearer abc.def' y", "curl -H 'x: Bearer ******** y"],
    ['%{password: "hunter2", name: "bo"}', '%{password: "*******", name: "bo"}'],
    ['#{password => <<"hunter2">>,name => bo}', '#{password => <<"*******">>,name => bo}'],
    ['#{<<"password">> =>\n      <<"hunter2">>,n => 1}', '#{<<"password">> =>\n      <<"*******">>,n => 1}'],
    ['#{token => "hun"\n  "ter2",n => 1}', '#{token => "***"\n  "****",n => 1}'],
    ['[{<<"authorization">>,<<"Bearer abc">>},{n,1}]', '[{<<"authorization">>,<<"**********">>},{n,1}]'],
    ['[{"cookie", "a=b; c"}, {:token, 7}, {:n, 1}]', '[{"cookie", "******"}, {:token, *}, {:n, 1}]'],
    ["{secret,#{a => b}}, {n,1}", "{secret,*{* ** *}}, {n,1}"],
    ["[password, token, n], {check_password,2}", "[password, token, n], {check_password,*}"],
    ['%{"token" => :abc, "n" => nil}', '%{"token" => ****, "n" => nil}'],
    [
      "<login><password>hunter2</password><n>1</n></login>",
      "<login><password>*******</password><n>1</n></login>",
    ],
    [
      '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n--b--',
      '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n*******\r\n--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n--b--',
    ],
    ["the password was wrong, the token expired", "the password was wrong, the token expired"],
    ["SELECT u0.hashed_password FROM users AS u0", "SELECT u0.hashed_password FROM users AS u0"],
    ["session: started; tokenizer=fast", "session: started; tokenizer=fast"],
  ])("%s", (before, after) => {
    expect(text(before)).toBe(after);
    expect(message(charlist(before))).toBe(inspect(charlist(after)));
  });

  it("follows a value into the next piece of iodata", () => {
    expect(message([binary("authorization"), binary(": "), binary("Bearer abc"), binary("\r\n")])).toBe(
      '["authorization", ": ", "**********", "\\r\\n"]',
    );
    expect(message([binary("a=1&password="), binary("hunter2"), binary("&b=2")])).toBe(
      '["a=1&password=", "*******", "&b=2"]',
    );
    expect(message([binary('{"password'), 34, 58, [34, binary("hunter2"), 34]])).not.toContain("hunter2");
  });
});

describe("calls", () => {
  it("takes texts of functions whose names hold a secret word", () => {
    const mfa = (name: string, rest: Term): Term => tuple(atom("Elixir.Shop.Accounts"), atom(name), rest);
    const [first, second, third, fourth] = redacted([
      event(atom("call"), mfa("verify_password", [map([atom("id"), 7]), binary("hunter2")])),
      event(atom("call"), mfa("get_user", [binary("bo")])),
      event(atom("return_from"), mfa("create_token", 1), tuple(atom("ok"), binary("abc"))),
      event(atom("call"), mfa("check_pwd", [104, 117, 110])),
    ]);
    expect([first, second, third].map((term) => inspect(term!))).toEqual([
      '[%{id: 7}, "*******"]',
      '["bo"]',
      '{:ok, "***"}',
    ]);
    expect(fourth).toEqual([42, 42, 42]);
  });

  it("finds the word in a name of any length", () => {
    const names = ["pwd", "a_pwd", "ab_pwd", "abc_pwd", "token", "tokens", "x_token", "the_csrf"];
    const terms = redacted(
      names.map((name) => event(atom("call"), tuple(atom("m"), atom(name), [binary("hunter2")]))),
    );
    expect(terms.map((term) => inspect(term))).toEqual(names.map(() => '["*******"]'));
  });
});

describe("the cookie of the node", () => {
  it("is overwritten wherever it stands, and told to nobody", () => {
    const cookie = "QWERTZUIOPASDFGHJKLY";
    const redactor = new Redactor([], cookie);
    const { batch } = scanned([
      event(atom("receive"), tuple(1, atom(cookie), binary(`erl -setcookie ${cookie} -n`), charlist(cookie))),
    ]);
    redactor.redact(batch);
    const stars = "*".repeat(20);
    const { term } = decodeTerm(batch.bytes, batch.offset[0]!);
    expect(inspect(term)).toBe(`{1, :"${stars}", "erl -setcookie ${stars} -n", ~c"${stars}"}`);
    expect(redactor.keys.join()).not.toMatch(/qwertz/i);
  });

  it("may be a word of the application: then only keys protect it", () => {
    const { batch } = scanned([
      event(atom("receive"), tuple(atom("demo"), tuple(atom("cookie"), atom("demo")))),
    ]);
    new Redactor([], "demo").redact(batch);
    expect(inspect(decodeTerm(batch.bytes, batch.offset[0]!).term)).toBe('{:demo, {:cookie, :"****"}}');
  });
});

describe("words of the application", () => {
  it("come from :filter_parameters in each of its forms", () => {
    expect(filterParameters([binary("cvv"), binary("Card")])).toEqual(["cvv", "Card"]);
    expect(filterParameters(tuple(atom("discard"), [binary("ssn")]))).toEqual(["ssn"]);
    expect(filterParameters(tuple(atom("keep"), [binary("id")]))).toEqual([]);
    expect(filterParameters(atom("undefined"))).toEqual([]);
  });

  it("are secret as well, however short, wherever they lie", () => {
    for (const key of ["cvv", "ß", "x", "pi", "Größe", "card-no", "card number"]) {
      for (let shift = 0; shift < 8; shift++) {
        const term = map([binary("p".repeat(shift)), 1], [binary(key), binary("4711")]);
        expect(message(term, [key]), `${key} ${shift}`).toContain('"****"');
        expect(message(term)).toContain('"4711"');
      }
    }
  });

  it("are all told, once", () => {
    const { keys } = new Redactor(["CVV", "cvv", "Password", " "]);
    expect(keys.filter((key) => key === "cvv" || key === "password")).toEqual(["password", "cvv"]);
  });
});

describe("every word", () => {
  it("is found in each of the ways in which it can lie, in any spelling", () => {
    for (const key of new Redactor().keys) {
      for (const spelling of [key, key.toUpperCase(), key.replaceAll("_", "-")]) {
        for (let shift = 0; shift < 8; shift++) {
          const term = map([binary("p".repeat(shift)), 1], [binary(spelling), binary("hunter")]);
          expect(message(term), `${spelling} ${shift}`).toContain('"******"');
        }
      }
    }
  });

  it("is found at the end of a buffer and in one that is not aligned", () => {
    for (let shift = 0; shift < 4; shift++) {
      const bytes = encode([event(atom("receive"), map([atom("token"), binary("hunter")]))]);
      const room = new Uint8Array(bytes.length + shift);
      room.set(bytes, shift);
      const target = {
        node: 0,
        nodeName: "demo@127.0.0.1",
        timeOffset: 0n,
        names: new NameRegistry(),
        numbering: { batch: 0, id: 1 },
      };
      const batch = new BatchScanner(new Dictionary(), target).scan(room.subarray(shift));
      new Redactor().redact(batch);
      expect(Buffer.from(room).includes("hunter")).toBe(false);
    }
  });
});

it("does not take an atom for a module that only starts like one", () => {
  expect(message(map([new Atom("token"), new Atom("Elixir")]))).toBe('%{token: :"******"}');
  expect(message(new Tuple([atom("token"), atom("Elixir.Shop")]))).toBe("{:token, Shop}");
});
