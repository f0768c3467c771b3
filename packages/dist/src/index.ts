export type { RpcOptions } from "./call-errors.ts";
export type { SpawnedProcess, SpawnOptions } from "./calls.ts";
export type { ConnectOptions } from "./connect.ts";
export { DistConnection } from "./connection.ts";
export { type CookieSources, type FoundCookie, type MissingCookie, readCookie } from "./cookie.ts";
export {
  type EpmdOptions,
  listNodes,
  lookupNode,
  type NodeAddress,
  type NodeEntry,
} from "./epmd.ts";
export { DistError, type DistErrorCode, WayError } from "./errors.ts";
export type { Caller, ServeHandler } from "./gen-server.ts";
export type { Peer } from "./handshake.ts";
export type { LocalProcess, ProcessExit, ProcessHandlers } from "./local-process.ts";
export type { Dial, TlsOptions } from "./stream.ts";
export type { CloseReason } from "./wire-errors.ts";
