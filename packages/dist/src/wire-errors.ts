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

export function unreachable(address: Address, cause: Error): DistError {
  const { node, host, port } = address;
  if ((cause as NodeJS.ErrnoException).code === "ENOTFOUND") {
    return new DistError(
      "DIST_NODE_UNREACHABLE",
      `The host ${host} is not known here: check the name, or give --host`,
      { node, host, port },
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
