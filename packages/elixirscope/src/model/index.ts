export { ElixirScopeError } from "./error.ts";
export {
  type AtomEntry,
  type DictionaryDelta,
  EVENT_KINDS,
  type EventBatch,
  type EventKind,
  type FunctionEntry,
  type Gap,
  type GapCause,
  kindOf,
  NONE,
  type NodeEntry,
  type ProcessEntry,
} from "./event.ts";
export type { HeldBoot } from "./held-boot.ts";
export { LEVELS, type Level } from "./level.ts";
export { type MfaPattern, parseMfaPattern } from "./mfa-pattern.ts";
