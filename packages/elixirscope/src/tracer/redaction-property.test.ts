import {
  type Atom,
  atom,
  binary,
  decodeTerm,
  ErlangMap,
  encode,
  Float,
  ImproperList,
  Pid,
  Reference,
  skipTerm,
  type Term,
  tuple,
} from "@elixirscope/etf";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { EventBatch } from "../model/index.ts";
import { BatchScanner } from "./batch-scanner.ts";
import { Dictionary } from "./dictionary.ts";
import { Redactor } from "./redaction.ts";
import { NameRegistry } from "./scan-target.ts";

// Terms are made twice: with secrets, and as they should read afterwards. What else is in them must not change.

/** In all planted secrets, and in nothing else. */
const MARK = "qZ7";
const NODE = "demo@127.0.0.1";
const redactor = new Redactor();

interface Twins {
  readonly before: Term;
  readonly after: Term;
}
const same = (term: Term): Twins => ({ before: term, after: term });
const both = (twins: readonly Twins[], make: (terms: readonly Term[]) => Term): Twins => ({
  before: make(twins.map(({ before }) => before)),
  after: make(twins.map(({ after }) => after)),
});

const stars = (text: string): string => "*".repeat(text.length);
const plainWord = fc.constantFrom(
  "alice",
  "bob",
  "set",
  "x",
  "carts",
  "tokenizer",
  "",
  "value & more",
  "a=1&b=2",
);
const secretText = fc.string({ maxLength: 12 }).map((text) => `${MARK}${text.replaceAll(/[^ -~]/g, ".")}`);
const formText = fc.stringMatching(/^[A-Za-z0-9%+.,;'()*!~_-]{0,20}$/).map((text) => `${MARK}${text}`);
const key = fc.constantFrom(
  "password",
  "user_token",
  "Authorization",
  "COOKIE",
  "x-api-key",
  "db_pwd",
  "session_id",
  "clientSecret",
);

const plain: fc.Arbitrary<Twins> = fc
  .oneof(
    plainWord.map(binary),
    plainWord.filter((word) => word !== "").map(atom),
    fc.integer(),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 200n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new Float(value)),
    fc.constant(new Pid(NODE, 9, 0, 7)),
    fc.constant(new Reference(NODE, 7, [1, 2, 3])),
    plainWord.map((text): Term => [...binary(text)]),
  )
  .map(same);

const secretLeaf: fc.Arbitrary<Twins> = fc.oneof(
  secretText.map((text) => ({ before: binary(text), after: binary(stars(text)) })),
  secretText.map((text) => ({ before: [...binary(text)], after: [...binary(stars(text))] })),
  secretText.map((text) => ({ before: atom(text), after: atom(stars(text)) })),
  fc.integer().map((value) => ({ before: value, after: 0 })),
  fc.bigInt({ min: -(2n ** 2500n), max: 2n ** 2500n }).map((value) => ({ before: value, after: 0 })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => ({ before: new Float(value), after: new Float(0) })),
  fc.constantFrom<Atom>(atom("nil"), atom("true"), atom("Elixir.Shop.User")).map(same),
  fc.constant(same(new Pid(NODE, 9, 0, 7))),
);

const secret: fc.Arbitrary<Twins> = fc.letrec<{ node: Twins }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    secretLeaf,
    fc.array(tie("node"), { maxLength: 3 }).map((twins) => both(twins, (terms) => tuple(...terms))),
    fc
      .array(tie("node"), { minLength: 1, maxLength: 3 })
      .map((twins) => both(twins, (terms) => [atom("nil"), ...terms])),
    fc.array(tie("node"), { maxLength: 3 }).map((twins) =>
      // A value of [] would make the key a member of a set.
      both(twins, (terms) => new ErlangMap(terms.map((term, i) => [i, tuple(term)]))),
    ),
  ),
})).node;

const planted: fc.Arbitrary<Twins> = fc.oneof(
  fc
    .tuple(key, secret)
    .map(([name, twins]) => both([twins], ([term]) => new ErlangMap([[binary(name), term!]]))),
  fc.tuple(key, secret).map(([name, twins]) =>
    both(
      [twins],
      ([term]) =>
        new ErlangMap([
          [atom("n"), 1],
          [atom(name), term!],
        ]),
    ),
  ),
  fc
    .tuple(key, secret)
    .map(([name, twins]) => both([twins], ([term]) => [tuple(atom(name), term!), tuple(atom("n"), 1)])),
  fc.tuple(key, secret).map(([name, twins]) => both([twins], ([term]) => tuple([...binary(name)], term!))),
  fc.tuple(key, secret).map(([name, twins]) => both([twins], ([term]) => [tuple(binary(name), term!)])),
  fc.tuple(key, formText).map(([name, text]) => ({
    before: binary(`a=1&${name}=${text}&b=2`),
    after: binary(`a=1&${name}=${stars(text)}&b=2`),
  })),
  fc.tuple(key, secretText).map(([name, text]) => {
    const json = (value: string): Term => binary(`{"n":1,"${name}": "${value}","m":[2]}`);
    const inner = JSON.stringify(text).slice(1, -1);
    return { before: json(inner), after: json(stars(inner)) };
  }),
  fc.tuple(fc.constantFrom("authorization", "Cookie", "set-cookie"), secretText).map(([name, text]) => ({
    before: [...binary(`Host: x\r\n${name}: ${text}\r\nAccept: y\r\n`)],
    after: [...binary(`Host: x\r\n${name}: ${stars(text)}\r\nAccept: y\r\n`)],
  })),
);

const term: fc.Arbitrary<Twins> = fc.letrec<{ node: Twins }>((tie) => ({
  node: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    plain,
    planted,
    fc.array(tie("node"), { maxLength: 4 }).map((twins) => both(twins, (terms) => tuple(...terms))),
    fc.array(tie("node"), { maxLength: 4 }).map((twins) => both(twins, (terms) => [new Float(1), ...terms])),
    fc
      .tuple(tie("node"), plain)
      .map((twins) => both(twins, ([item, tail]) => new ImproperList([item!], tuple(tail!)))),
    fc
      .array(tie("node"), { maxLength: 4 })
      .map((twins) => both(twins, (terms) => new ErlangMap(terms.map((value, i) => [i, value])))),
  ),
})).node;

const EVENTS = ["send", "receive", "call", "return_from", "exit", "spawn"] as const;

function batchOf(payloads: readonly Term[]): Uint8Array {
  const events = payloads.map((payload, i) => {
    const pid = new Pid(NODE, i + 1, 0, 7);
    const head = [atom("trace_ts"), pid, atom(EVENTS[i % EVENTS.length]!)];
    const mfa = (last: Term): Term => tuple(atom("lists"), atom("map"), last);
    switch (EVENTS[i % EVENTS.length]!) {
      case "send":
        return tuple(...head, payload, pid, i);
      case "call":
        return tuple(...head, mfa([payload]), i);
      case "return_from":
        return tuple(...head, mfa(1), payload, i);
      case "spawn":
        return tuple(...head, pid, mfa([payload]), i);
      default:
        return tuple(...head, payload, i);
    }
  });
  return new Uint8Array(encode(events));
}

function scan(bytes: Uint8Array): EventBatch {
  const target = {
    node: 0,
    nodeName: NODE,
    timeOffset: 0n,
    names: new NameRegistry(),
    numbering: { batch: 0, id: 1 },
  };
  return new BatchScanner(new Dictionary(), target).scan(bytes);
}

const terms = (batch: EventBatch): readonly Term[] =>
  Array.from({ length: batch.count }, (_, i) => decodeTerm(batch.bytes, batch.offset[i]!).term);

it("overwrites planted secrets and nothing else, wherever they stand", () => {
  fc.assert(
    fc.property(fc.array(term, { minLength: 1, maxLength: 6 }), (twins) => {
      const batch = scan(batchOf(twins.map(({ before }) => before)));
      const columns = { ...batch, bytes: undefined };
      const { length } = batch.bytes;
      redactor.redact(batch);
      expect(batch.bytes).toHaveLength(length);
      expect(skipTerm(batch.bytes, 1)).toBe(length);
      expect(Buffer.from(batch.bytes).includes(MARK)).toBe(false);
      expect({ ...scan(batch.bytes), bytes: undefined }).toEqual(columns);
      expect(terms(batch)).toEqual(terms(scan(batchOf(twins.map(({ after }) => after)))));
      // Once is enough: a second time finds nothing more.
      const once = new Uint8Array(batch.bytes);
      redactor.redact(batch);
      expect(batch.bytes).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

it("changes no byte where there is no key", () => {
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 6 }), (twins) => {
      const bytes = batchOf(twins.map(({ before }) => before));
      const batch = scan(new Uint8Array(bytes));
      redactor.redact(batch);
      expect(batch.bytes).toEqual(bytes);
    }),
  );
});

it("survives altered batches: still terms, with the same columns, or a typed error", () => {
  const mutation = fc.record({ at: fc.nat(), value: fc.nat(255) });
  fc.assert(
    fc.property(
      fc.array(term, { minLength: 1, maxLength: 3 }),
      fc.array(mutation, { maxLength: 6 }),
      (twins, changes) => {
        const bytes = batchOf(twins.map(({ before }) => before));
        for (const { at, value } of changes) bytes[at % bytes.length] = value;
        let batch: EventBatch;
        try {
          batch = scan(bytes);
        } catch {
          return;
        }
        const columns = { ...batch, bytes: undefined };
        redactor.redact(batch, new Dictionary().functions);
        expect({ ...scan(batch.bytes), bytes: undefined }).toEqual(columns);
      },
    ),
    { numRuns: 800 },
  );
});

it("survives columns that lie", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(80), fc.nat(80), (noise, offset, length) => {
      const bytes = new Uint8Array([
        ...encode(new ErlangMap([[binary("password"), tuple(1, binary("abc"))]])),
        ...noise,
      ]);
      for (let i = 0; i < noise.length; i++) bytes[(noise[i]! * 7 + i) % bytes.length] = noise[i]!;
      const from = Math.min(offset, bytes.length);
      const batch: EventBatch = {
        ...scan(batchOf([1])),
        bytes,
        offset: Uint32Array.of(from),
        length: Uint32Array.of(Math.min(length, bytes.length - from)),
      };
      try {
        redactor.redact(batch);
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^ETF_/);
      }
    }),
    { numRuns: 800 },
  );
});

it("stands depth and width", () => {
  const wide = Array.from({ length: 20_000 }, (_, i) => tuple(atom("token"), binary(`${MARK}${i}`)));
  for (const payload of [wide, tuple(atom("token"), wide)]) {
    const batch = scan(batchOf([payload]));
    redactor.redact(batch);
    expect(Buffer.from(batch.bytes).includes(MARK)).toBe(false);
  }
  // The encoder has a limit of its own for depth; these are 20,000 tuples in one another.
  const levels = 20_000;
  const event = Buffer.from(batchOf([atom("here"), 1]));
  const at = event.indexOf("here") - 2;
  const nested = Buffer.concat([
    event.subarray(0, at),
    Buffer.from([104, 2, 119, 6]),
    Buffer.from("secret"),
    Buffer.alloc(levels * 2, Buffer.from([104, 1])),
    Buffer.from([109, 0, 0, 0, 3]),
    Buffer.from(MARK),
    event.subarray(at + 6),
  ]);
  const batch = scan(new Uint8Array(nested));
  redactor.redact(batch);
  expect(Buffer.from(batch.bytes).includes(MARK)).toBe(false);
});

/** What texts with secrets are made of, and what could confuse their reader. */
const FRAGMENTS = [
  "password",
  "token",
  "cookie",
  "authorization",
  "Bearer ",
  "session",
  "%5B",
  "%5D",
  "%3D",
  "%3a",
  "[",
  "]",
  "{",
  "}",
  '"',
  "'",
  "\\",
  '\\"',
  "=",
  "=>",
  ":",
  ": ",
  "&",
  "<",
  ">",
  "<<",
  ">>",
  "~s",
  ",",
  " ",
  "\r\n",
  "\r\n\r\n",
  "--",
  "x",
  "nil",
  "1",
  "%",
  "#",
] as const;

it("writes into the text that holds the key, and nowhere else", () => {
  const noise = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 24 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(noise, noise, fc.boolean(), (first, second, inMap) => {
      // Between and behind the texts stand bytes that must stay; a tuple of three, so that no text is another's key.
      const texts = [binary(first), new Float(1), binary(second)];
      const fields: Term[] = inMap ? [new ErlangMap(texts.map((text, i) => [i, text]))] : [...texts, 7];
      const batch = scan(batchOf([tuple(1, 2, ...fields)]));
      const before = terms(batch)[0]!;
      redactor.redact(batch);
      const shape = (whole: Term): unknown =>
        JSON.stringify(whole, (_, value: unknown) => (value instanceof Uint8Array ? value.length : value));
      expect(shape(terms(batch)[0]!)).toBe(shape(before));
      expect(skipTerm(batch.bytes, 1)).toBe(batch.bytes.length);
    }),
    { numRuns: 1_000 },
  );
});

it("takes time in proportion to a text, whatever stands in it", () => {
  for (const part of [
    'name="password"\r\n',
    'password="',
    "token:\\\\",
    "{token,",
    "<token>",
    "token",
    "cookie: ",
    '"token":{"',
    "%5Btoken",
    '"token" => [\\"',
  ]) {
    const batch = scan(batchOf([binary(part.repeat(Math.ceil(500_000 / part.length)))]));
    const start = process.cpuUsage();
    redactor.redact(batch);
    expect(process.cpuUsage(start).user / 1000, `${part} many times`).toBeLessThan(1_500);
  }
});
