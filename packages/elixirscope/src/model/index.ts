export {
  type CallPattern,
  type MfaPattern,
  namesModule,
  parseCallPattern,
  parseMfaPattern,
} from "./call-pattern/call-pattern.ts";
export {
  checkKeys,
  isMatchSpecWord,
  misplaced,
  misplacedField,
  notAStruct,
  type Options,
  optionsOf,
  structInCondition,
  unknownFunction,
  unknownName,
} from "./call-pattern/checks.ts";
export { type FunctionName, glob, parseFunctionGlob } from "./call-pattern/function-glob.ts";
export { namesIn } from "./call-pattern/names.ts";
export { explained, PatternProblem } from "./call-pattern/problem.ts";
export type { CallSyntax, ListSyntax, MapSyntax, Syntax } from "./call-pattern/syntax.ts";
export { parseCondition, parseTermPattern, type TermPattern } from "./call-pattern/term-pattern.ts";
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
  isNodeEntry,
  kindOf,
  NONE,
  type NodeEntry,
  type ProcessEntry,
} from "./event.ts";
export type { HeldBoot } from "./held-boot.ts";
export { LEVELS, type Level } from "./level.ts";
export {
  type AgentLimits,
  type AgentOptions,
  type Budget,
  type Sample,
  type SystemMonitorLimits,
  TOLD_ALL,
} from "./limits.ts";
export type { ModuleSource } from "./module-source.ts";
export { isSampled, pidHash, SAMPLE_PARTS } from "./pid-sample.ts";
export { clickHouseName, isClickHouse, nameInClickHouse } from "./recording-name.ts";
export type { SourceText } from "./source-text.ts";
