/** What went wrong on a socket, and what to do about it. */
import { DistError } from "./errors.ts";

/** Why a connection ended. */
export interface CloseReason {
  readonly cause: "closed_by_us" | "closed_by_peer" | "tick_timeout" | "protocol_error" | "socket_error";
  readonly message: string;
  readonly error?: Error;
}

interface Address {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

export function closedError(node: string, reason: CloseReason | undefined): DistError {
  const message = `The connection to ${node} is closed: ${reason?.message ?? "it ends just now"}. Connect again`;
  return new DistError("DIST_CLOSED", message, { node, cause: reason?.cause }, reason?.error);
}

/** A frame that is longer than a handshake frame may be: the peer is no Erlang node. */
export function handshakeError(error: DistError, address: Address): DistError {
  if (error.code !== "DIST_PROTOCOL") return error;
  const { node, host, port } = address;
  return new DistError(
    "DIST_NOT_DISTRIBUTED",
    `What listens at ${host}:${port} where ${node} should does not speak the Erlang distribution protocol: check host and port`,
    { node, host, port },
    error,
  );
}

/** Their names in Node: what a certificate lacks, or that the two could not agree. */
const TLS_CODE = /^ERR_SSL_|^ERR_TLS_|CERT|^UNABLE_TO_|^EPROTO$/;

/** Where the connection was to be TLS and did not come to be for that. */
export function tlsError(address: Address & { readonly tls?: unknown }, cause: Error): DistError | undefined {
  const code = (cause as NodeJS.ErrnoException).code ?? "";
  if (address.tls === undefined || !TLS_CODE.test(code)) return undefined;
  const { node, host, port } = address;
  return new DistError(
    "DIST_TLS_REFUSED",
    tlsText(node, code, cause.message),
    { node, host, port, cause: code },
    cause,
  );
}

function tlsText(node: string, code: string, message: string): string {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `The certificate of ${node} is for another host (${message}): give the name that it is for with --tls-name`;
  if (/ALERT/.test(code))
    return `${node} refused our side of TLS (${code}): does it ask for a client certificate? Give one that its authority signed: --tls-cert and --tls-key`;
  if (/WRONG_VERSION|PACKET_LENGTH|EPROTO/.test(code))
    return `${node} does not speak TLS: leave --tls away, or check the port`;
  return `The certificate of ${node} is not signed by an authority that is trusted here (${code}): give the right one with --tls-ca`;
}

export function unreachable(
  address: Address & { readonly via?: string | undefined },
  cause: Error,
): DistError {
  const { node, host, port, via } = address;
  if ((cause as NodeJS.ErrnoException).code === "ENOTFOUND") {
    return new DistError(
      "DIST_NODE_UNREACHABLE",
      `The host ${host} is not known here: check the name, or give --host`,
      { node, host, port },
      cause,
    );
  }
  if (via !== undefined) {
    return new DistError(
      "DIST_NODE_UNREACHABLE",
      `${node} does not answer at ${host}:${port} as seen from ${via}: it may have just ended, or listen on another interface (give that with --host)`,
      { node, host, port, via },
      cause,
    );
  }
  return new DistError(
    "DIST_NODE_UNREACHABLE",
    `${node} does not answer at ${host}:${port}: it may have just ended, listen on another interface, or be behind a firewall ` +
      "(a tunnel needs --host and --port)",
    { node, host, port },
    cause,
  );
}
