/**
 * The Erlang Port Mapper Daemon: which node of a host listens on which port.
 * Protocol: "Distribution Protocol" in the ERTS User's Guide, section EPMD.
 */
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { DistError, WayError } from "./errors.ts";
import { nearestFirst } from "./node-name.ts";
import type { Dial } from "./stream.ts";

const DEFAULT_EPMD_PORT = 4369;
const NAMES_REQ = 110;
const PORT2_RESP = 119;
const PORT_PLEASE2_REQ = 122;
/** An answer is some hundred bytes; 1 MB are names of thousands of nodes. Whatever sends more is no EPMD. */
const MAX_ANSWER_BYTES = 1_048_576;

export interface EpmdOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default `ERL_EPMD_PORT`, else 4369. */
  readonly epmdPort?: number;
  /** Milliseconds, default 5,000. */
  readonly timeoutMs?: number;
  /** Opens the connection; default: a socket. */
  readonly dial?: Dial;
}

export interface NodeEntry {
  /** The part of the node name before the `@`. */
  readonly name: string;
  /** TCP port of the node's distribution listener. */
  readonly port: number;
}

export interface NodeAddress {
  readonly port: number;
  /** Distribution protocol versions the node speaks: 6 since OTP 23, 5 before. */
  readonly highestVersion: number;
  readonly lowestVersion: number;
}

/** @throws DistError DIST_BAD_OPTION */
function defaultEpmdPort(env: NodeJS.ProcessEnv = process.env): number {
  const text = env.ERL_EPMD_PORT;
  if (text === undefined || text === "") return DEFAULT_EPMD_PORT;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new DistError(
    "DIST_BAD_OPTION",
    `ERL_EPMD_PORT is ${JSON.stringify(text)}, which is not a port: unset it or correct it`,
    {
      ERL_EPMD_PORT: text,
    },
  );
}

/**
 * All nodes that EPMD of `host` knows, in its order. A hidden node that did not register (such as we are) is not among them.
 *
 * @throws DistError DIST_EPMD_UNREACHABLE, DIST_NOT_DISTRIBUTED (something else answers on that port), DIST_TIMEOUT, DIST_BAD_OPTION
 */
export async function listNodes(options: EpmdOptions = {}): Promise<NodeEntry[]> {
  const at = address(options);
  const answer = await request(Buffer.from([NAMES_REQ]), at);
  // First its own port (4 bytes), then a line for each node.
  if (answer.length < 4 || answer.readUInt32BE(0) !== at.port) throw noEpmd(at);
  const nodes: NodeEntry[] = [];
  for (const line of answer.toString("utf8", 4).split("\n").filter(Boolean)) {
    const match = /^name (\S+) at port (\d+)$/.exec(line);
    if (match === null) throw noEpmd(at);
    nodes.push({ name: match[1] as string, port: Number(match[2]) });
  }
  return nodes;
}

/**
 * Where the node `name` (the part before the `@`) of `host` listens.
 *
 * @throws DistError DIST_NODE_UNKNOWN (with the names that EPMD does know, nearest first, in `details.known`), and what
 * {@link listNodes} throws
 */
export async function lookupNode(name: string, options: EpmdOptions = {}): Promise<NodeAddress> {
  const at = address(options);
  const nameBytes = Buffer.from(name);
  const answer = await request(Buffer.concat([Buffer.from([PORT_PLEASE2_REQ]), nameBytes]), at);
  if (answer.length < 2 || answer[0] !== PORT2_RESP) throw noEpmd(at);
  if (answer[1] !== 0) throw unknownNode(name, at, await listNodes(options));
  if (answer.length < 10) throw noEpmd(at);
  return {
    port: answer.readUInt16BE(2),
    highestVersion: answer.readUInt16BE(6),
    lowestVersion: answer.readUInt16BE(8),
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly dial: Dial;
}

function address(options: EpmdOptions): Address {
  return {
    host: options.host ?? "127.0.0.1",
    port: options.epmdPort ?? defaultEpmdPort(),
    timeoutMs: options.timeoutMs ?? 5_000,
    dial: options.dial ?? dialDirectly,
  };
}

const dialDirectly: Dial = (host, port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });

/** One request a connection: EPMD answers and closes. */
function request(body: Buffer, at: Address): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let stream: Duplex | undefined;
    let late = false;
    const timer = setTimeout(() => fail(epmdTimeout(at)), at.timeoutMs);
    const fail = (error: DistError | WayError): void => {
      late = true;
      clearTimeout(timer);
      stream?.destroy();
      reject(error);
    };
    at.dial(at.host, at.port).then(
      (opened) => {
        stream = opened;
        if (late) return void opened.destroy();
        exchange(opened, body, at).then((answer) => {
          clearTimeout(timer);
          resolve(answer);
        }, fail);
      },
      (cause: unknown) => fail(cause instanceof WayError ? cause : unreachable(at, cause)),
    );
  });
}

function exchange(stream: Duplex, body: Buffer, at: Address): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) reject(noEpmd(at));
    });
    stream.on("error", (cause) => reject(noEpmd(at, cause)));
    stream.on("end", () => {
      stream.destroy();
      resolve(Buffer.concat(chunks));
    });
    const head = Buffer.alloc(2);
    head.writeUInt16BE(body.length);
    stream.write(Buffer.concat([head, body]));
  });
}

function unreachable(at: Address, cause: unknown): DistError {
  if ((cause as NodeJS.ErrnoException).code === "ENOTFOUND") {
    const message = `The host ${at.host} is not known here: check the part of the node name behind the @, or give the address with --host`;
    return new DistError("DIST_EPMD_UNREACHABLE", message, { host: at.host, port: at.port }, cause);
  }
  const { via } = at.dial;
  if (via !== undefined) {
    return new DistError(
      "DIST_EPMD_UNREACHABLE",
      `No EPMD at ${at.host}:${at.port} as seen from ${via}: no distributed Erlang node runs there, or EPMD listens on another ` +
        "address (give that with --host), or there is none (give the node's port with --dist-port)",
      { host: at.host, port: at.port, via },
      cause,
    );
  }
  return new DistError(
    "DIST_EPMD_UNREACHABLE",
    `No EPMD at ${at.host}:${at.port}, so no distributed Erlang node runs there. Start yours with ` +
      "`elixirscope run -- mix phx.server`, or give it a name: `elixir --name shop@127.0.0.1 -S mix phx.server` (or --sname)",
    { host: at.host, port: at.port },
    cause,
  );
}

function noEpmd(at: Address, cause?: unknown): DistError {
  return new DistError(
    "DIST_NOT_DISTRIBUTED",
    `What listens at ${at.host}:${at.port} does not answer as EPMD does: check the host and ERL_EPMD_PORT`,
    { host: at.host, port: at.port },
    cause,
  );
}

function epmdTimeout(at: Address): DistError {
  return new DistError(
    "DIST_TIMEOUT",
    `EPMD at ${at.host}:${at.port} did not answer in ${at.timeoutMs} ms: check that the host is right and no firewall is between`,
    { host: at.host, port: at.port, timeoutMs: at.timeoutMs },
  );
}

function unknownNode(name: string, at: Address, nodes: readonly NodeEntry[]): DistError {
  const known = nearestFirst(
    name,
    nodes.map((node) => node.name),
  );
  const hint =
    known.length === 0
      ? "it knows no node at all: start yours with `elixirscope run -- mix phx.server`, or with --name or --sname"
      : `it knows ${known.join(", ")}`;
  return new DistError("DIST_NODE_UNKNOWN", `EPMD at ${at.host}:${at.port} knows no node ${name}; ${hint}`, {
    name,
    host: at.host,
    port: at.port,
    known,
  });
}
