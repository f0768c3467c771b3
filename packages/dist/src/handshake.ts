/**
 * The distribution handshake, version 6 (OTP 23 and later), as the side that connects. Pure: frames in, frames out.
 * Source: "Distribution Protocol" in the ERTS User's Guide, section Distribution Handshake.
 *
 *     we                                   peer
 *     N flags creation name          →
 *                                    ←     s status
 *                                    ←     N flags challenge creation name
 *     r challenge digest(cookie, theirs) →
 *                                    ←     a digest(cookie, ours)
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { DistError } from "./errors.ts";
import { expandFlags, isModern } from "./flags.ts";
import { isLongHost, parseNodeName } from "./node-name.ts";

export interface HandshakeOptions {
  /** The name we expect the peer to have. */
  readonly node: string;
  readonly localName: string;
  readonly creation: number;
  readonly cookie: string;
  readonly flags: bigint;
  /** For tests: what we challenge the peer with. */
  readonly challenge?: number;
}

export interface Peer {
  readonly name: string;
  /** Distinguishes a node from earlier ones of the same name. */
  readonly creation: number;
  /** Distribution flags of the peer. */
  readonly flags: bigint;
}

export type HandshakeStep =
  | { readonly kind: "send"; readonly frame: Uint8Array }
  | { readonly kind: "wait" }
  | { readonly kind: "done"; readonly peer: Peer };

type Stage = "status" | "challenge" | "ack" | "done";

const ASCII = { a: 0x61, N: 0x4e, n: 0x6e, r: 0x72, s: 0x73 } as const;
const MD5_BYTES = 16;

export class Handshake {
  #stage: Stage = "status";
  #peer: Peer | undefined;
  readonly #options: HandshakeOptions;
  readonly #challenge: number;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#challenge = options.challenge ?? randomBytes(4).readUInt32BE(0);
  }

  /** Our first frame: who we are. */
  start(): Uint8Array {
    const { flags, creation, localName } = this.#options;
    const name = Buffer.from(localName);
    const frame = Buffer.alloc(15 + name.length);
    frame[0] = ASCII.N;
    frame.writeBigUInt64BE(flags, 1);
    frame.writeUInt32BE(creation, 9);
    frame.writeUInt16BE(name.length, 13);
    name.copy(frame, 15);
    return frame;
  }

  /**
   * @throws DistError DIST_NAME_CLASH, DIST_NOT_ALLOWED, DIST_OTP_TOO_OLD, DIST_LONG_SHORT_NAMES, DIST_WRONG_NODE, DIST_COOKIE_REJECTED,
   * DIST_NOT_DISTRIBUTED (whatever Erlang nodes do not send)
   */
  receive(bytes: Uint8Array): HandshakeStep {
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#stage === "status") return this.#status(frame);
    if (this.#stage === "challenge") return this.#challenged(frame);
    if (this.#stage === "ack") return this.#acknowledged(frame);
    throw new DistError("DIST_PROTOCOL", "A handshake frame came after the handshake");
  }

  /** What it means that the peer hung up now. */
  closed(): DistError {
    const { node } = this.#options;
    if (this.#stage === "ack") {
      return new DistError(
        "DIST_COOKIE_REJECTED",
        `${node} rejected our cookie: give the cookie it was started with (--cookie or ELIXIRSCOPE_COOKIE; ` +
          "in its shell, `Node.get_cookie()` shows it)",
        { node },
      );
    }
    return new DistError(
      "DIST_NOT_DISTRIBUTED",
      `What listens where ${node} should hung up during the handshake: it is no Erlang node, one that speaks TLS only (--tls), or one older than OTP 23`,
      { node, stage: this.#stage },
    );
  }

  #status(frame: Buffer): HandshakeStep {
    if (frame[0] !== ASCII.s) throw this.#foreign(frame);
    const status = frame.toString("latin1", 1);
    if (status === "ok" || status === "ok_simultaneous") {
      this.#stage = "challenge";
      return { kind: "wait" };
    }
    const { node, localName } = this.#options;
    if (status === "alive" || status === "nok") {
      throw new DistError(
        "DIST_NAME_CLASH",
        `${node} is connected to a node named ${localName} already: choose another local name, or leave it out to get a random one`,
        { node, localName, status },
      );
    }
    if (status === "not_allowed") {
      throw new DistError(
        "DIST_NOT_ALLOWED",
        `${node} refuses connections from ${localName}: its net_kernel:allow/1 list does not have us; give a local name that it allows`,
        { node, localName },
      );
    }
    throw this.#foreign(frame);
  }

  #challenged(frame: Buffer): HandshakeStep {
    if (frame[0] === ASCII.n) throw this.#tooOld();
    if (frame[0] !== ASCII.N || frame.length < 19) throw this.#foreign(frame);
    const flags = expandFlags(frame.readBigUInt64BE(1));
    const nameLength = frame.readUInt16BE(17);
    if (frame.length < 19 + nameLength) throw this.#foreign(frame);
    const name = frame.toString("utf8", 19, 19 + nameLength);
    if (!isModern(flags)) throw this.#tooOld();
    this.#requireName(name);
    this.#peer = { name, creation: frame.readUInt32BE(13), flags };
    this.#stage = "ack";
    return { kind: "send", frame: this.#reply(frame.readUInt32BE(9)) };
  }

  #reply(theirChallenge: number): Uint8Array {
    const reply = Buffer.alloc(5 + MD5_BYTES);
    reply[0] = ASCII.r;
    reply.writeUInt32BE(this.#challenge, 1);
    digest(this.#options.cookie, theirChallenge).copy(reply, 5);
    return reply;
  }

  #acknowledged(frame: Buffer): HandshakeStep {
    if (frame[0] !== ASCII.a || frame.length !== 1 + MD5_BYTES || this.#peer === undefined) {
      throw this.#foreign(frame);
    }
    if (!timingSafeEqual(frame.subarray(1), digest(this.#options.cookie, this.#challenge)))
      throw this.closed();
    this.#stage = "done";
    return { kind: "done", peer: this.#peer };
  }

  /** The right address with another node behind it (a tunnel to the wrong machine, say) must not be taken for the right one. */
  #requireName(name: string): void {
    const { node } = this.#options;
    if (name === node) return;
    const details = { node, actual: name };
    const advice = `What listens where ${node} should calls itself ${name}: connect to that name if it is the one you mean`;
    let longHost: boolean;
    try {
      longHost = isLongHost(parseNodeName(name).host);
    } catch {
      throw new DistError(
        "DIST_NOT_DISTRIBUTED",
        `What listens where ${node} should has no proper node name`,
        { node },
      );
    }
    const sameForm = longHost === isLongHost(parseNodeName(node).host);
    throw new DistError(sameForm ? "DIST_WRONG_NODE" : "DIST_LONG_SHORT_NAMES", advice, details);
  }

  #tooOld(): DistError {
    const { node } = this.#options;
    return new DistError(
      "DIST_OTP_TOO_OLD",
      `${node} runs an Erlang/OTP older than 23, whose distribution protocol differs: OTP 25 or later is needed`,
      { node },
    );
  }

  #foreign(frame: Buffer): DistError {
    const { node } = this.#options;
    return new DistError(
      "DIST_NOT_DISTRIBUTED",
      `What listens where ${node} should does not speak the Erlang distribution protocol: check host and port ` +
        "(a node that uses TLS for distribution does not speak it in the clear)",
      { node, stage: this.#stage, firstBytes: frame.toString("hex", 0, 16) },
    );
  }
}

/** MD5 of the cookie and the challenge as decimal text. */
export function digest(cookie: string, challenge: number): Buffer {
  return createHash("md5").update(Buffer.from(cookie, "latin1")).update(String(challenge)).digest();
}
