export {
  type ConnectionState,
  type ErrorAnswer,
  type EventDetail,
  type EventList,
  type EventRow,
  type FlowsStatus,
  type FoundNode,
  type GapRow,
  type NodeControl,
  type NodeCost,
  type NodeStatus,
  type ProcessDetail,
  type ProcessList,
  type ProcessRef,
  type ProcessRow,
  type Push,
  type Rates,
  SCHEMA_VERSION,
  type Status,
  type TermText,
  type Tree,
  type TreeNode,
} from "./answers.ts";
export type { BudgetInput, ControlInput, LoweredBy, SampleInput, ScopeInput } from "./control.ts";
export type { ExecutionList, ExecutionOutcome, ExecutionRow } from "./execution-answers.ts";
export type { FlowAnswer, FlowHop, FlowList, FlowRow, FlowSpan } from "./flow-answers.ts";
export type { CallList, CallRow, MessageAnswer } from "./message-answers.ts";
export {
  type AttachInput,
  type CallsInput,
  type EventsInput,
  type ExecutionsInput,
  type FlowsInput,
  type Input,
  inputSchemas,
  type MethodName,
  type Methods,
  type Output,
  type ProcessesInput,
  type RatesInput,
  type StatesInput,
  type TracingInput,
} from "./methods.ts";
export type { StateChange, StateDiff, StateList, StateRow } from "./state-answers.ts";
