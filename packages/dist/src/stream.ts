/** What carries a connection: a plain socket, TLS over one, or a stream that somebody else opened (a tunnel). */
import { connect, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { checkServerIdentity, connect as connectTls } from "node:tls";

/** PEM texts. Who we are (`cert`, `key`) is needed where the node asks for it. */
export interface TlsOptions {
  /** Whose signature makes a node's certificate good; default: the well-known authorities. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Of the key. */
  readonly passphrase?: string;
  /** Name that the node's certificate must be for; default: the host of the node's name. */
  readonly serverName?: string;
}

/**
 * Opens a stream to a port as seen from elsewhere, as through a tunnel. Rejects where nothing listens there; with a `WayError` where the
 * way itself is not there.
 */
export interface Dial {
  (host: string, port: number): Promise<Duplex>;
  /** From where the port is seen, for messages. */
  readonly via?: string;
}

export interface StreamOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsOptions | undefined;
  /** Already open; `host` and `port` are then only for messages. */
  readonly stream?: Duplex | undefined;
}

/** Where the bytes of the peer are put, without a copy where that can be. */
export interface Intake {
  space(): Uint8Array;
  /** False: no more now. */
  filled(count: number, space: Uint8Array): boolean;
  chunk(bytes: Uint8Array): void;
}

/** Calls `ready` once, when bytes can be sent; errors and the end come as events of the stream. */
export function openStream(options: StreamOptions, intake: Intake, ready: () => void): Duplex {
  const { host, port, tls, stream } = options;
  if (tls) {
    const { serverName = host, ...pem } = tls;
    const to = stream ? { socket: stream } : { host, port };
    const socket = connectTls({
      ...pem,
      ...to,
      // An address is no name that TLS could ask for; the certificate is held against it all the same.
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
      minVersion: "TLSv1.2",
    });
    socket.setNoDelay(true);
    socket.on("secureConnect", ready);
    return socket.on("data", (bytes: Uint8Array) => intake.chunk(bytes));
  }
  if (stream) {
    queueMicrotask(ready);
    return stream.on("data", (bytes: Uint8Array) => intake.chunk(bytes));
  }
  const socket = connect({
    host,
    port,
    noDelay: true,
    onread: { buffer: () => intake.space(), callback: (count, space) => intake.filled(count, space) },
  });
  return socket.on("connect", ready);
}
