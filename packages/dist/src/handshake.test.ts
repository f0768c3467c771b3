import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DistError } from "./errors.ts";
import { DFLAG_SPAWN, OUR_FLAGS } from "./flags.ts";
import { digest, Handshake, type HandshakeStep } from "./handshake.ts";

// What an OTP 25 node named golden sent us, and what it accepted from us.
const GOLDEN = {
  options: {
    node: "golden@127.0.0.1",
    localName: "scope@127.0.0.1",
    creation: 7,
    cookie: "GOLDENCOOKIE",
    flags: OUR_FLAGS,
    challenge: 0x25fa132f,
  },
  status: "736f6b",
  challenge: "4e0000000d07df7fbd481fa4856b02f03e0010676f6c64656e403132372e302e302e31",
  reply: "7225fa132f2c97e602fe40f6dded961269cc8b3408",
  ack: "61a45d38b6b1a2ae9ea244e3eb7431b737",
};

const hex = (text: string): Uint8Array => Buffer.from(text, "hex");
const ascii = (text: string): Uint8Array => Buffer.from(text, "latin1");

function shake(frames: readonly Uint8Array[], over: Partial<typeof GOLDEN.options> = {}): HandshakeStep[] {
  const handshake = new Handshake({ ...GOLDEN.options, ...over });
  handshake.start();
  return frames.map((frame) => handshake.receive(frame));
}

function failure(frames: readonly Uint8Array[], over: Partial<typeof GOLDEN.options> = {}): DistError {
  try {
    shake(frames, over);
  } catch (error) {
    if (error instanceof DistError) return error;
    throw error;
  }
  throw new Error("no failure");
}

/** `done` or the code of a typed error; anything else it throws. */
function outcome(frames: readonly Uint8Array[]): string {
  try {
    shake(frames);
    return "done";
  } catch (error) {
    if (error instanceof DistError) return error.code;
    throw error;
  }
}

/** The golden challenge with other flags or another name. */
function challenge(flags: bigint, name: string): Uint8Array {
  const frame = Buffer.alloc(19 + Buffer.byteLength(name));
  frame.write("N");
  frame.writeBigUInt64BE(flags, 1);
  frame.writeUInt16BE(Buffer.byteLength(name), 17);
  frame.write(name, 19);
  return frame;
}

describe("the handshake", () => {
  test("goes as with a real node", () => {
    const start = new Handshake(GOLDEN.options).start();
    const name = Buffer.from("scope@127.0.0.1").toString("hex");
    expect(Buffer.from(start).toString("hex")).toBe(
      `4e${OUR_FLAGS.toString(16).padStart(16, "0")}00000007000f${name}`,
    );
    const steps = shake([hex(GOLDEN.status), hex(GOLDEN.challenge), hex(GOLDEN.ack)]);
    expect(steps[0]).toEqual({ kind: "wait" });
    expect(steps[1]?.kind === "send" && Buffer.from(steps[1].frame).toString("hex")).toBe(GOLDEN.reply);
    expect(steps[2]).toMatchObject({
      kind: "done",
      peer: { name: "golden@127.0.0.1", creation: 0x6b02f03e },
    });
    const last = steps[2];
    expect(last?.kind === "done" && (last.peer.flags & DFLAG_SPAWN) !== 0n).toBe(true);
  });

  test("ok_simultaneous is ok", () => {
    expect(shake([ascii("sok_simultaneous")])).toEqual([{ kind: "wait" }]);
  });

  test("the digest is MD5 of cookie and decimal challenge", () => {
    expect(digest("GOLDENCOOKIE", 0x481fa485).toString("hex")).toBe(GOLDEN.reply.slice(10));
  });

  test.each([
    ["salive", "DIST_NAME_CLASH"],
    ["snok", "DIST_NAME_CLASH"],
    ["snot_allowed", "DIST_NOT_ALLOWED"],
    // Only for those who ask for a name.
    ["snamed:\x00\x01a\x00\x00\x00\x01", "DIST_NOT_DISTRIBUTED"],
    ["swhat", "DIST_NOT_DISTRIBUTED"],
    ["HTTP/1.1 400 Bad Request", "DIST_NOT_DISTRIBUTED"],
    ["", "DIST_NOT_DISTRIBUTED"],
  ])("status %j: %s", (status, code) => {
    expect(failure([ascii(status)]).code).toBe(code);
  });

  test("an old node: by its challenge of version 5, or by its flags", () => {
    const old = Buffer.concat([ascii("n"), hex("00050007df7fbd"), ascii("old@127.0.0.1")]);
    expect(failure([ascii("sok"), old]).code).toBe("DIST_OTP_TOO_OLD");
    expect(failure([ascii("sok"), challenge(0x7df7fn, GOLDEN.options.node)]).code).toBe("DIST_OTP_TOO_OLD");
  });

  test("the digest flag stands for all mandatory ones", () => {
    expect(shake([ascii("sok"), challenge(0x4000000n, GOLDEN.options.node)])[1]?.kind).toBe("send");
  });

  test.each([
    ["till@127.0.0.1", "DIST_WRONG_NODE"],
    ["golden@localhost", "DIST_LONG_SHORT_NAMES"],
    ["golden@::1", "DIST_WRONG_NODE"],
    ["no name at all", "DIST_NOT_DISTRIBUTED"],
  ])("a peer that calls itself %s: %s", (name, code) => {
    expect(failure([ascii("sok"), challenge(OUR_FLAGS, name)]).code).toBe(code);
  });

  test("a peer that does not know our cookie", () => {
    const error = failure([hex(GOLDEN.status), hex(GOLDEN.challenge), hex(GOLDEN.ack)], { cookie: "OTHER" });
    expect(error.code).toBe("DIST_COOKIE_REJECTED");
    expect(JSON.stringify(error) + error.message).not.toContain("OTHER");
  });

  test("what a peer that hangs up means depends on when it does", () => {
    const handshake = new Handshake(GOLDEN.options);
    expect(handshake.closed().code).toBe("DIST_NOT_DISTRIBUTED");
    handshake.receive(hex(GOLDEN.status));
    expect(handshake.closed().code).toBe("DIST_NOT_DISTRIBUTED");
    handshake.receive(hex(GOLDEN.challenge));
    expect(handshake.closed().code).toBe("DIST_COOKIE_REJECTED");
  });

  test("cut anywhere, a frame is refused, not misread", () => {
    const whole = hex(GOLDEN.challenge);
    for (let length = 0; length < whole.length; length++) {
      expect(failure([hex(GOLDEN.status), whole.subarray(0, length)]).code).toBe("DIST_NOT_DISTRIBUTED");
    }
  });

  test("any bytes give a typed error or a step", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 4 }), (frames) => {
        expect(outcome(frames)).toMatch(/^(DIST_|done$)/);
      }),
    );
  });
});
