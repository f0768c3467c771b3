import { Atom, atom, decodeTerm, Encoder, inspect, Pid, type Term, tuple } from "@elixirscope/etf";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AtomCache } from "./atom-cache.ts";
import { parseControl } from "./control.ts";
import { DistError } from "./errors.ts";
import { type Message, MessageReader } from "./message-reader.ts";

const hex = (text: string): Uint8Array => Buffer.from(text, "hex");
const LIMIT = 1_000_000;

// Frames of one connection with atom cache, as an OTP 25 node sent them: `{scope, Node} ! Term` for the terms below.
const CACHED = [
  // {hello, world, hello}: every atom is new.
  "8344058ffa0b7b10676f6c64656e403132372e302e302e310500500573636f7065d00568656c6c6f7905776f726c64" +
    "6804610658520000000058000000006b02f03e520152026803520352045203",
  // {hello, world, 'grüße'}: one is new, the others are references.
  "8344060772c3007b0550d07974076772c3bcc39f656804610658520000000059000000006b02f03e520152026803520352045205",
  // {Pid, Ref, fun erlang:node/0, 1.5}
  "8344050782097b0550e50665726c616e67be046e6f6465680461065852000000005b000000006b02f03e5201520268045852000000005b" +
    "000000006b02f03e5a000352006b02f03e0000cf248aa80001d356b05871520352046100463ff8000000000000",
];

const payloadText = (message: Message | undefined): string => {
  if (!message?.payload) throw new Error("no payload");
  return inspect(
    decodeTerm(message.payload, 0, message.atoms ? { atomCache: message.atoms } : undefined).term,
  );
};

const from = new Pid("shop@127.0.0.1", 88, 0, 3);
const control: Term = tuple(6, from, atom(""), atom("scope"));

function passThrough(payload?: Term): Uint8Array {
  const encoder = new Encoder();
  encoder.byte(112).version().term(control);
  if (payload !== undefined) encoder.version().term(payload);
  return encoder.toBytes();
}

const head = (tag: number, id: number): Buffer => {
  const bytes = Buffer.alloc(18);
  bytes[0] = 131;
  bytes[1] = tag;
  bytes.writeBigUInt64BE(77n, 2);
  bytes.writeBigUInt64BE(BigInt(id), 10);
  return bytes;
};

/** A header with one new atom in entry 200 of a segment. */
const oneAtom = (segment: number, name: string): Uint8Array =>
  Buffer.concat([Buffer.from([1, 8 | segment, 200, name.length]), Buffer.from(name)]);

/** `message` or the code of a typed error; anything else it throws. */
function outcome(reader: MessageReader, frame: Uint8Array): string {
  try {
    const message = reader.read(frame);
    if (message) parseControl(message.control);
    return "message";
  } catch (error) {
    if (error instanceof DistError) return error.code;
    throw error;
  }
}

const listText = (message: Message | undefined): string =>
  inspect(decodeTerm(message?.payload ?? new Uint8Array(), 0).term, { limit: 1_000 });

/** `bytes` of a message (header without its first two bytes) in fragments of `size` bytes each. */
function fragments(header: Uint8Array, body: Uint8Array, first: number, size: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  for (let at = first; at < body.length; at += size) rest.push(body.subarray(at, at + size));
  const frames = [Buffer.concat([head(69, rest.length + 1), header, body.subarray(0, first)])];
  for (const [i, part] of rest.entries()) frames.push(Buffer.concat([head(70, rest.length - i), part]));
  // Plain views, as the frame reader hands them out.
  return frames.map((frame) => Uint8Array.from(frame));
}

describe("messages without a header", () => {
  test("control and payload, the payload as a view", () => {
    const frame = passThrough(tuple(atom("hello"), 1));
    const message = new MessageReader(LIMIT).read(frame);
    expect(message?.control).toEqual(control);
    expect(message?.payload?.buffer).toBe(frame.buffer);
    expect(payloadText(message)).toBe("{:hello, 1}");
  });

  test("control alone", () => {
    expect(new MessageReader(LIMIT).read(passThrough())?.payload).toBeUndefined();
  });
});

describe("messages with the atom cache", () => {
  test("as a node sent them", () => {
    const reader = new MessageReader(LIMIT);
    expect(CACHED.map((frame) => payloadText(reader.read(hex(frame))))).toEqual([
      "{:hello, :world, :hello}",
      "{:hello, :world, :grüße}",
      expect.stringMatching(/^\{#PID<.*>, #Reference<.*>, &:erlang\.node\/0, 1\.5\}$/),
    ]);
    const first = new MessageReader(LIMIT).read(hex(CACHED[0] ?? ""));
    expect(parseControl(first?.control ?? 0)).toMatchObject({ kind: "reg_send", to: "scope" });
  });

  test("a reference to what was never sent is an error", () => {
    expect(() => new MessageReader(LIMIT).read(hex(CACHED[1] ?? ""))).toThrow(/was never sent/);
  });

  test("long atoms have lengths of two bytes", () => {
    const text = "日".repeat(200);
    const bytes = Buffer.from(text);
    const header = Buffer.concat([Buffer.from([1, 0x18, 5, bytes.length >> 8, bytes.length & 255]), bytes]);
    expect(new AtomCache().read(header, 0)).toEqual({ atoms: [new Atom(text)], end: header.length });
  });

  test("an entry may be given anew, in any of the eight segments", () => {
    const cache = new AtomCache();
    for (let segment = 0; segment < 8; segment++) cache.read(oneAtom(segment, `s${segment}`), 0);
    cache.read(oneAtom(3, "new"), 0);
    const known = [0, 3, 7].map((segment) => cache.read(Uint8Array.of(1, segment, 200), 0).atoms[0]?.name);
    expect(known).toEqual(["s0", "new", "s7"]);
  });

  test("cut anywhere, a frame is an error", () => {
    const whole = hex(CACHED[0] ?? "");
    // Where the payload is cut, the frame still has a whole control message: whoever decodes the payload notices.
    for (let length = 0; length < whole.length - 12; length++) {
      expect(() => new MessageReader(LIMIT).read(whole.subarray(0, length))).toThrow(DistError);
    }
  });
});

describe("fragments", () => {
  const body = Buffer.from(
    new Encoder()
      .term(control)
      .term([...Array(500).keys()])
      .toBytes(),
  );
  const controlLength = new Encoder().term(control).length;
  const expected = inspect([...Array(500).keys()], { limit: 1_000 });

  test("of any size make the message", () => {
    for (const size of [1, 2, 7, 100, 1_000, 100_000]) {
      const reader = new MessageReader(LIMIT);
      const frames = fragments(Uint8Array.of(0), body, Math.max(controlLength, size), size);
      const messages = frames.map((frame) => reader.read(frame));
      expect(messages.slice(0, -1).every((message) => message === undefined)).toBe(true);
      expect(listText(messages.at(-1))).toBe(expected);
      expect(messages.at(-1)?.control).toEqual(control);
    }
  });

  test("outlive the frames they came in", () => {
    const reader = new MessageReader(LIMIT);
    const messages = fragments(Uint8Array.of(0), body, controlLength + 200, 300).map((frame) => {
      const message = reader.read(frame);
      frame.fill(0);
      return message;
    });
    expect(listText(messages.at(-1))).toBe(expected);
  });

  test("of several messages may alternate, other messages between them", () => {
    const reader = new MessageReader(LIMIT);
    const first = fragments(Uint8Array.of(0), body, controlLength, 900);
    const second = fragments(Uint8Array.of(0), body, controlLength, 900).map((frame) => {
      frame[9] = 78;
      return frame;
    });
    const done: (Message | undefined)[] = [];
    for (const [i, frame] of first.entries()) {
      done.push(reader.read(frame), reader.read(passThrough(1)), reader.read(second[i] ?? frame));
    }
    const whole = done.filter((message) => message !== undefined).map(listText);
    expect(whole.filter((each) => each === expected).length).toBe(2);
  });

  test.each([
    ["that begin twice", (frames: Uint8Array[]) => [frames[0], frames[0]], /begins twice/],
    ["without a beginning", (frames: Uint8Array[]) => [frames[1]], /no beginning/],
    ["out of order", (frames: Uint8Array[]) => [frames[0], frames[2]], /was due/],
    ["cut off", (frames: Uint8Array[]) => [frames[0]?.subarray(0, 12)], /cut off/],
  ])("%s are an error", (_name, pick, message) => {
    const reader = new MessageReader(LIMIT);
    const picked = pick(fragments(Uint8Array.of(0), body, controlLength, 300));
    expect(() => picked.map((frame) => reader.read(frame ?? new Uint8Array()))).toThrow(message);
  });

  test("above the limit are an error, and a claimed number of them allocates nothing", () => {
    const reader = new MessageReader(1_000);
    const frames = fragments(Uint8Array.of(0), body, controlLength, 600);
    expect(() => frames.map((frame) => reader.read(frame))).toThrow(/longer than 1000 bytes/);
    const claim = fragments(Uint8Array.of(0), body, controlLength, 600)[0] ?? new Uint8Array();
    claim.fill(255, 10, 18);
    expect(new MessageReader(1_000).read(claim)).toBeUndefined();
  });
});

describe("whatever comes", () => {
  const seeds = [...CACHED.map(hex), passThrough(tuple(atom("hello"), [1, 2, 3]))];

  test("is a message or a typed error", () => {
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Uint8Array.of(112, 131, ...bytes)),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Uint8Array.of(131, 68, ...bytes)),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Uint8Array.of(131, 69, ...bytes)),
      // A real frame with a few bytes changed.
      fc
        .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }))
        .map(([seed, changes]) => {
          const bytes = Uint8Array.from(seed);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          return bytes;
        }),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 5 }), (frames) => {
        const reader = new MessageReader(LIMIT);
        for (const frame of frames) expect(["message", "DIST_PROTOCOL"]).toContain(outcome(reader, frame));
      }),
      { numRuns: 2_000 },
    );
  });
});
