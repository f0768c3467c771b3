export { callShape, REQUEST_TAGS } from "./call-shape.ts";
export { type MessagePair, pairMessages } from "./message-pairing.ts";
export type {
  InitialCall,
  ProcessState,
} from "./process-state.ts";
export { type PidResolver, ProcessTable, TABLE_KINDS } from "./process-table.ts";
export { type Branch, processTree } from "./process-tree.ts";
export { compileTermPattern, type TermMatcher } from "./term-pattern/term-pattern.ts";
