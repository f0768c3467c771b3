/** Peers that no Erlang installation gives us: old ones, broken ones, hostile ones, and things that are no node at all. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type ConnectOptions, DistConnection, DistError, listNodes, lookupNode } from "@elixirscope/dist";
import {
  atom,
  decodeTerm,
  Encoder,
  inspect,
  Pid,
  Reference,
  type Term,
  type Tuple,
  tuple,
} from "@elixirscope/etf";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";

const NODE = "fake@127.0.0.1";
const COOKIE = "FAKECOOKIE";
const MODERN = 0xd07df7fbdn | (1n << 32n) | (1n << 34n) | (1n << 35n);
const WITHOUT_PAYLOAD_AND_IDS = MODERN & ~0x2400000n;

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket);
    // Connections end in the middle here.
    socket.on("error", () => undefined);
    serve(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const options = (port: number): ConnectOptions => ({ node: NODE, cookie: COOKIE, port, timeoutMs: 2_000 });

async function failure(attempt: Promise<unknown>): Promise<DistError> {
  const error = await attempt.then(
    () => new Error("no failure"),
    (reason: unknown) => reason,
  );
  if (error instanceof DistError) return error;
  throw error;
}

const connectFailure = (port: number, over: Partial<ConnectOptions> = {}): Promise<DistError> =>
  failure(DistConnection.connect({ ...options(port), ...over }));

const md5 = (challenge: number): Buffer => createHash("md5").update(`${COOKIE}${challenge}`).digest();

function framed(width: 2 | 4, ...parts: (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)),
  );
  const head = Buffer.alloc(width);
  if (width === 2) head.writeUInt16BE(body.length);
  else head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function challengeFrame(flags: bigint): Buffer {
  const flagBytes = Buffer.alloc(8);
  flagBytes.writeBigUInt64BE(flags);
  return framed(2, "N", flagBytes, number(1_234), number(42), Buffer.from([0, NODE.length]), NODE);
}

interface FakePeer {
  readonly connection: DistConnection;
  readonly socket: Socket;
  /** The next frame that we sent it, ticks (empty) included. */
  next(): Promise<Buffer>;
  send(control: Term, payload?: Term): void;
}

interface FakeOptions {
  readonly flags?: bigint;
  /** How the peer writes: whole, or a byte at a time. */
  readonly write?: (socket: Socket, bytes: Buffer) => void;
  /** Sent in one piece with the last frame of the handshake. */
  readonly behind?: Buffer;
  readonly over?: Partial<ConnectOptions>;
}

/** Cuts what we send into frames: two of the handshake, then those with four bytes of length. */
class Frames {
  readonly #queue: Buffer[] = [];
  #waiting: ((frame: Buffer) => void) | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #count = 0;

  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const width = this.#count < 2 ? 2 : 4;
      if (this.#rest.length < width) return;
      const end = width + (width === 2 ? this.#rest.readUInt16BE(0) : this.#rest.readUInt32BE(0));
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(width, end);
      this.#rest = this.#rest.subarray(end);
      this.#count += 1;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting) waiting(frame);
      else this.#queue.push(frame);
    }
  }

  next(): Promise<Buffer> {
    const frame = this.#queue.shift();
    if (frame) return Promise.resolve(frame);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}

/** A peer that shakes hands properly; what follows is up to the test. */
async function fakePeer({ flags = MODERN, write, behind, over }: FakeOptions = {}): Promise<FakePeer> {
  const put = write ?? ((socket: Socket, bytes: Buffer) => void socket.write(bytes));
  const frames = new Frames();
  let peer: Socket | undefined;
  const port = await listen((socket) => {
    peer = socket;
    socket.on("data", (chunk) => frames.push(chunk));
    void (async () => {
      await frames.next();
      put(socket, framed(2, "sok"));
      put(socket, challengeFrame(flags));
      const reply = await frames.next();
      put(socket, Buffer.concat([framed(2, "a", md5(reply.readUInt32BE(1))), behind ?? Buffer.alloc(0)]));
    })();
  });
  const connection = await DistConnection.connect({ ...options(port), ...over });
  if (!peer) throw new Error("nobody connected");
  const socket = peer;
  return {
    connection,
    socket,
    next: () => frames.next(),
    send: (control, payload) => void socket.write(messageFrame(control, payload)),
  };
}

function messageFrame(control: Term, payload?: Term): Buffer {
  const encoder = new Encoder();
  encoder.byte(112).version().term(control);
  if (payload !== undefined) encoder.version().term(payload);
  return framed(4, encoder.bytes());
}

/** A message whose payload breaks off. */
const bad = (control: Term): Buffer =>
  framed(4, new Encoder().byte(112).version().term(control).version().byte(104).byte(9).bytes());

const controlOf = (frame: Buffer): Tuple => decodeTerm(frame, 2).term as Tuple;
/** The message stands behind the control term, after a version byte of its own (131 may stand in a pid's creation, too). */
const payloadOf = (frame: Buffer): Term => decodeTerm(frame, decodeTerm(frame, 2).end + 1).term;
const theirs = new Pid(NODE, 7, 0, 42);

describe("something else on the port", () => {
  test.each([
    ["an HTTP server", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["a TLS alert", "\x15\x03\x03\x00\x02\x02\x46"],
    ["a frame with a wrong tag", "\x00\x03xok"],
    ["an empty frame", "\x00\x00"],
    ["SMTP", "220 mail.example ESMTP\r\n"],
  ])("%s is no Erlang node", async (_name, text) => {
    const port = await listen((socket) => {
      socket.write(text, "latin1");
      socket.end();
    });
    const error = await connectFailure(port);
    expect(error.code).toBe("DIST_NOT_DISTRIBUTED");
  });

  test("what hangs up at once is none", async () => {
    const port = await listen((socket) => socket.end());
    expect((await connectFailure(port)).code).toBe("DIST_NOT_DISTRIBUTED");
  });

  test("what resets the connection is none", async () => {
    const port = await listen((socket) => socket.on("data", () => socket.resetAndDestroy()));
    expect((await connectFailure(port)).code).toBe("DIST_NOT_DISTRIBUTED");
  });

  test("what stays silent times out", async () => {
    const port = await listen(() => undefined);
    const error = await connectFailure(port, { timeoutMs: 100 });
    expect(error.code).toBe("DIST_TIMEOUT");
    expect(error.details).toEqual({ node: NODE, host: "127.0.0.1", timeoutMs: 100 });
  });
});

describe("a peer too old", () => {
  test("by its handshake", async () => {
    const port = await listen((socket) => {
      socket.write(framed(2, "sok"));
      socket.write(framed(2, "n", Buffer.from([0, 5]), number(0x7df7fbd), number(1), NODE));
    });
    const error = await connectFailure(port);
    expect(error.code).toBe("DIST_OTP_TOO_OLD");
    expect(error.message).toContain("OTP 25 or later is needed");
  });

  test("by what EPMD says", async () => {
    const epmdPort = await listen((socket) => {
      socket.on("data", () => socket.end(Buffer.from("7700ffff4d0000050005000466616b650000", "hex")));
    });
    const error = await failure(DistConnection.connect({ node: NODE, cookie: COOKIE, epmdPort }));
    expect(error.code).toBe("DIST_OTP_TOO_OLD");
  });
});

describe("an EPMD that is none", () => {
  test.each(["", "x", "HTTP/1.1 400 Bad Request\r\n\r\n", "\x77", "\x77\x00\x01"])(
    "answer %j",
    async (answer) => {
      const epmdPort = await listen((socket) => socket.on("data", () => socket.end(answer, "latin1")));
      for (const attempt of [lookupNode("fake", { epmdPort }), listNodes({ epmdPort })]) {
        expect((await failure(attempt)).code).toBe("DIST_NOT_DISTRIBUTED");
      }
    },
  );

  test("silence", async () => {
    const epmdPort = await listen(() => undefined);
    expect((await failure(listNodes({ epmdPort, timeoutMs: 50 }))).code).toBe("DIST_TIMEOUT");
  });

  test("an endless answer", async () => {
    const epmdPort = await listen((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 0x61)));
      };
      socket.on("drain", more);
      more();
    });
    expect((await failure(listNodes({ epmdPort }))).code).toBe("DIST_NOT_DISTRIBUTED");
  });
});

describe("a handshake", () => {
  test("may come a byte at a time", async () => {
    const { connection } = await fakePeer({
      write: (socket, bytes) => {
        for (const byte of bytes) socket.write(Uint8Array.of(byte));
      },
    });
    expect(connection.peer).toMatchObject({ name: NODE, creation: 42 });
    await connection.close();
  });

  test("may have messages right behind it", async () => {
    const request = messageFrame(tuple(19, theirs, atom("net_kernel"), new Reference(NODE, 42, [1, 2, 3])));
    const call = tuple(atom("$gen_call"), tuple(theirs, atom("tag")), tuple(atom("is_auth"), atom(NODE)));
    const ping = messageFrame(tuple(6, theirs, atom(""), atom("net_kernel")), call);
    const peer = await fakePeer({ behind: Buffer.concat([request, Buffer.alloc(4), ping]) });
    const reply = await peer.next();
    expect(controlOf(reply).elements[2]).toEqual(theirs);
    expect(inspect(payloadOf(reply))).toBe("{:tag, :yes}");
    await peer.connection.close();
  });

  test("with a wrong answer to our challenge means another cookie", async () => {
    const port = await listen((socket) => {
      socket.write(framed(2, "sok"));
      socket.write(challengeFrame(MODERN));
      socket.write(framed(2, "a", Buffer.alloc(16)));
    });
    expect((await connectFailure(port)).code).toBe("DIST_COOKIE_REJECTED");
  });
});

describe("broken messages", () => {
  const broken: readonly (readonly [string, Buffer])[] = [
    ["an unknown tag", framed(4, "x")],
    ["a control message cut off", framed(4, Buffer.from([112, 131, 104, 3, 97]))],
    ["an unknown operation", messageFrame(tuple(99, theirs))],
    ["a message without payload", messageFrame(tuple(6, theirs, atom(""), atom("net_kernel")))],
    ["a frame of 4 GB", Buffer.from("ffffffff", "hex")],
    ["a fragment without a beginning", framed(4, Buffer.from([131, 70]), Buffer.alloc(15), "\x01")],
  ];

  test.each(broken)("%s: protocol_error, and what waits fails", async (_name, bytes) => {
    const { connection, socket } = await fakePeer();
    const waiting = failure(connection.rpc("erlang", "node", []));
    socket.write(bytes);
    const reason = await connection.closed;
    expect(reason.cause).toBe("protocol_error");
    expect(reason.error).toBeInstanceOf(DistError);
    expect((await waiting).code).toBe("DIST_CLOSED");
  });

  test("a payload that is no term is dropped and reported; a reason that is none stands as undecodable", async () => {
    const reports: string[] = [];
    const peer = await fakePeer({ over: { onCrash: (error) => reports.push(error.message) } });
    const seen: Term[] = [];
    const sink = peer.connection.spawn({
      onMessage: (message) => seen.push(message),
      onDown: (_ref, _from, reason) => seen.push(reason),
    });
    const ref = peer.connection.monitor(sink, theirs);
    peer.socket.write(bad(tuple(22, theirs, sink.pid)));
    peer.send(tuple(22, theirs, sink.pid), atom("next"));
    peer.socket.write(bad(tuple(28, theirs, sink.pid, ref)));
    peer.send(tuple(8, theirs, sink.pid, atom("kill")));
    await sink.exited;
    expect(reports).toEqual([
      expect.stringMatching(/was dropped, since it cannot be decoded: .*ends too early/),
    ]);
    expect(seen).toEqual([atom("next"), tuple(atom("undecodable"), Uint8Array.of(104, 9))]);
    await peer.connection.close();
  });

  test("any bytes end in protocol_error or are waited for to go on: never a crash or a hang", async () => {
    const bytes = fc.uint8Array({ maxLength: 60 });
    const frame = bytes.map((body) => framed(4, Buffer.from([112, 131]), body));
    const header = bytes.map((body) => framed(4, Buffer.from([131, 68]), body));
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, frame, header), async (sent) => {
        const { connection, socket } = await fakePeer();
        socket.end(sent);
        expect(["protocol_error", "closed_by_peer"]).toContain((await connection.closed).cause);
      }),
      { numRuns: 150 },
    );
  });
});

describe("ticks", () => {
  test("are four zero bytes, sent when nothing else is", async () => {
    const peer = await fakePeer({ over: { tickMs: 20 } });
    expect((await peer.next()).length).toBe(0);
    expect((await peer.next()).length).toBe(0);
    await peer.connection.close();
  });

  test("of the peer keep us from taking it for dead", async () => {
    const peer = await fakePeer({ over: { tickMs: 20 } });
    const ticking = setInterval(() => peer.socket.write(Buffer.alloc(4)), 20);
    for (let i = 0; i < 12; i++) await peer.next();
    clearInterval(ticking);
    expect((await peer.connection.closed).cause).toBe("tick_timeout");
  });
});

describe("a peer without exit payloads and unlink ids", () => {
  test("gets the older forms, and is understood in them", async () => {
    const peer = await fakePeer({ flags: WITHOUT_PAYLOAD_AND_IDS });
    const { connection } = peer;
    const seen: Term[] = [];
    const process = connection.spawn({ onExit: (_from, reason) => seen.push(reason) });
    connection.link(process, theirs);
    expect(controlOf(await peer.next())).toEqual(tuple(1, process.pid, theirs));
    connection.unlink(process, theirs);
    expect(controlOf(await peer.next())).toEqual(tuple(4, process.pid, theirs));
    connection.link(process, theirs);
    await peer.next();
    connection.exit(process, theirs, atom("why"));
    expect(controlOf(await peer.next())).toEqual(tuple(8, process.pid, theirs, atom("why")));
    peer.send(tuple(3, theirs, process.pid, atom("gone")));
    peer.send(tuple(8, theirs, process.pid, atom("please")));
    const ref = new Reference(NODE, 42, [9]);
    peer.send(tuple(19, theirs, process.pid, ref));
    peer.send(tuple(8, theirs, process.pid, atom("kill")));
    expect(controlOf(await peer.next())).toEqual(tuple(21, process.pid, theirs, ref, atom("killed")));
    expect(seen).toEqual([atom("gone"), atom("please")]);
    await connection.close();
  });

  test("exits of a process that is being unlinked are ignored; an unlink of theirs is acknowledged", async () => {
    const peer = await fakePeer();
    const { connection } = peer;
    const seen: Term[] = [];
    const process = connection.spawn({ onExit: (_from, reason) => seen.push(reason) });
    connection.link(process, theirs);
    connection.unlink(process, theirs);
    await peer.next();
    const [, id] = controlOf(await peer.next()).elements;
    peer.send(tuple(24, theirs, process.pid), atom("too_late"));
    peer.send(tuple(36, id ?? 0, theirs, process.pid));
    peer.send(tuple(35, 2 ** 40, theirs, process.pid));
    expect(controlOf(await peer.next())).toEqual(tuple(36, 2 ** 40, process.pid, theirs));
    expect(seen).toEqual([]);
    await connection.close();
  });
});
