export { type Execution, type Loss, replayCalls } from "./call-replay.ts";
export { callShape, REQUEST_TAGS } from "./call-shape.ts";
export { type CallbackStep, CallbackWalk } from "./callback-walk.ts";
export { buildFlows } from "./flow.ts";
export { hopFacts, messageOf, startFacts } from "./flow-hop.ts";
export type { Flow, FlowHop, FlowSpan, Flows } from "./flow-types.ts";
export { type MessagePair, pairMessages } from "./message-pairing.ts";
export type { ChildSpec, InitialCall, ProcessState } from "./process-state.ts";
export {
  type PidResolver,
  ProcessTable,
  type SupervisorState,
  TABLE_KINDS,
} from "./process-table.ts";
export { type Branch, processTree } from "./process-tree.ts";
export { diffTerms, holdsCut, isCut } from "./term-diff.ts";
export { compileTermPattern, type TermMatcher } from "./term-pattern/term-pattern.ts";
