import type { Duplex } from "node:stream";
import { isCookie } from "./cookie.ts";
import { lookupNode } from "./epmd.ts";
import { DistError, WayError } from "./errors.ts";
import { DFLAG_DIST_HDR_ATOM_CACHE, DFLAG_FRAGMENTS, OUR_FLAGS } from "./flags.ts";
import { Handshake, type Peer } from "./handshake.ts";
import { parseNodeName, randomLocalName, requireSameForm } from "./node-name.ts";
import type { Dial, TlsOptions } from "./stream.ts";
import { Wire } from "./wire.ts";
import { unreachable } from "./wire-errors.ts";

export interface ConnectOptions {
  /** `name@host`. */
  readonly node: string;
  readonly cookie: string;
  /** Our name; must be of the peer's form (long or short). Default: `elixirscope_<random>@…` in that form. */
  readonly localName?: string;
  /** Address to connect to (EPMD, too) where it is not the node name's host: a tunnel, for example. */
  readonly host?: string;
  /** Distribution port of the node; EPMD is not asked then. */
  readonly port?: number;
  /** Default `ERL_EPMD_PORT`, else 4369. */
  readonly epmdPort?: number;
  /** The node listens for TLS (`-proto_dist inet_tls`). */
  readonly tls?: TlsOptions;
  /** Opens all connections, that to EPMD too: through a tunnel. Default: sockets of our own. */
  readonly dial?: Dial;
  /** For all of connecting, in milliseconds; default 5,000. */
  readonly timeoutMs?: number;
  /**
   * Milliseconds after which we send a tick where we sent nothing else; default 5,000, which suits a peer's `net_ticktime` from 7 s up
   * (its default is 60). A peer that is silent for twelve times as long, though asked for a sign of life meanwhile, is taken for dead.
   */
  readonly tickMs?: number;
  /** Longest message taken, in bytes; default 1 GiB. A longer one ends the connection. */
  readonly maxMessageBytes?: number;
  /**
   * Let the peer send atoms once and refer to them, and cut long messages into fragments of 64 KB. Off by default: it costs a copy of
   * long messages, and `onRaw` must then resolve cache references.
   */
  readonly atomCache?: boolean;
  /**
   * A handler of a local process threw, and the process ended for it; or a message for it could not be decoded and was dropped.
   * Default: a warning on stderr.
   */
  readonly onCrash?: (error: Error) => void;
}

export interface Established {
  readonly wire: Wire;
  readonly peer: Peer;
  readonly localName: string;
  readonly flags: bigint;
  readonly maxMessageBytes: number;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_TICK_MS = 5_000;
const DEFAULT_MAX_MESSAGE_BYTES = 1024 * 1024 * 1024;

/** EPMD, socket and handshake, all within one timeout. */
export async function establish(options: ConnectOptions, creation: number): Promise<Established> {
  const { node, cookie, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { name, host: nodeHost } = parseNodeName(node);
  const host = options.host ?? nodeHost;
  const localName = options.localName ?? randomLocalName(nodeHost);
  requireSameForm(localName, node);
  if (!isCookie(cookie)) throw badCookie();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(timedOut(node, host, timeoutMs, options.tls)), timeoutMs);
  try {
    const port = options.port ?? (await lookupPort(name, node, host, options, timeoutMs));
    const flags = options.atomCache ? OUR_FLAGS | DFLAG_DIST_HDR_ATOM_CACHE | DFLAG_FRAGMENTS : OUR_FLAGS;
    const handshake = new Handshake({ node, localName, creation, cookie, flags });
    const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
    const tickMs = options.tickMs ?? DEFAULT_TICK_MS;
    const tls = options.tls && { serverName: nodeHost, ...options.tls };
    const stream = options.dial && (await dialled(options.dial, { node, host, port }));
    const wireOptions = { host, port, tls, stream, node, handshake, flags, tickMs, maxMessageBytes };
    const { wire, peer } = await Wire.open(wireOptions, timeout.signal);
    return { wire, peer, localName, flags, maxMessageBytes };
  } finally {
    clearTimeout(timer);
  }
}

async function lookupPort(
  name: string,
  node: string,
  host: string,
  options: ConnectOptions,
  timeoutMs: number,
): Promise<number> {
  const { dial, epmdPort } = options;
  const epmd = { host, timeoutMs, ...(epmdPort === undefined ? {} : { epmdPort }), ...(dial && { dial }) };
  const { port, highestVersion } = await lookupNode(name, epmd);
  if (highestVersion >= 6) return port;
  throw new DistError(
    "DIST_OTP_TOO_OLD",
    `${node} speaks version ${highestVersion} of the distribution protocol (Erlang/OTP before 23): OTP 25 or later is needed`,
    { node, highestVersion },
  );
}

async function dialled(
  dial: Dial,
  address: { readonly node: string; readonly host: string; readonly port: number },
): Promise<Duplex> {
  try {
    return await dial(address.host, address.port);
  } catch (error) {
    throw error instanceof WayError ? error : unreachable({ ...address, via: dial.via }, error as Error);
  }
}

function timedOut(node: string, host: string, timeoutMs: number, tls: TlsOptions | undefined): DistError {
  // A node without TLS waits for more of what it takes for the beginning of a name.
  const orPlain = tls ? ", or it does not speak TLS (leave --tls away then)" : "";
  return new DistError(
    "DIST_TIMEOUT",
    `${node} did not answer in ${timeoutMs} ms: it may hang or be stopped, or something between swallows the connection${orPlain}`,
    { node, host, timeoutMs },
  );
}

function badCookie(): DistError {
  return new DistError(
    "DIST_NO_COOKIE",
    "The cookie is empty, too long, or has characters that no cookie may have: check where it comes from",
  );
}
