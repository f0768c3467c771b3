export type { Budget, Sample } from "../model/index.ts";
export {
  type ChildSpecAnswer,
  type ConnectionState,
  type ErrorAnswer,
  type EventDetail,
  type EventList,
  type EventRow,
  type FlowsStatus,
  type FoundNode,
  type GapRow,
  type MonitorRow,
  type NodeControl,
  type NodeCost,
  type NodeStatus,
  type ProcessDetail,
  type ProcessList,
  type ProcessMonitors,
  type ProcessRef,
  type ProcessRow,
  type Push,
  type Rates,
  type RestartLimit,
  SCHEMA_VERSION,
  type Status,
  type TermText,
  type Tree,
  type TreeNode,
} from "./answers.ts";
export type { BoundariesAnswer, BoundariesInput, LeakRow } from "./boundary-answers.ts";
export type { ControlInput, LoweredBy, ScopeInput } from "./control.ts";
export type { ExecutionList, ExecutionOutcome, ExecutionRow } from "./execution-answers.ts";
export type {
  FlowAnswer,
  FlowBroadcast,
  FlowHop,
  FlowList,
  FlowRow,
  FlowSpan,
  FlowStep,
} from "./flow-answers.ts";
export type { AgentInput, LimitsInput, MonitorInput, SystemMonitorInput } from "./limits.ts";
export type { LineList, LineRow, LineValue } from "./line-answers.ts";
export type { CallList, CallRow, MessageAnswer } from "./message-answers.ts";
export {
  type AttachInput,
  type CallsInput,
  type CrashesInput,
  type CrashInput,
  type EventsInput,
  type ExecutionsInput,
  type FlowsInput,
  type HistoryInput,
  type Input,
  inputSchemas,
  type LinesInput,
  type MethodName,
  type Methods,
  type Output,
  type ProcessesInput,
  type RatesInput,
  type StatesInput,
  type TracingInput,
} from "./methods.ts";
export type {
  ApplicationRow,
  CrashAnswer,
  CrashList,
  CrashRow,
  History,
  HistoryPoint,
  Inventory,
  LogRow,
  PortRow,
  SupervisorReaction,
  TableRow,
} from "./observer-answers.ts";
export type {
  AssignRow,
  BroadcastList,
  BroadcastRow,
  ChannelList,
  ChannelRow,
  ComponentRow,
  LiveViewAnswer,
  LiveViewList,
  LiveViewRow,
  LiveViewStepRow,
  PresenceList,
  PresenceRow,
  RequestAnswer,
  RequestFailure,
  RequestList,
  RequestRow,
  RequestStepRow,
  TopicList,
  TopicRow,
} from "./phoenix-answers.ts";
export type {
  BroadcastsInput,
  ChannelsInput,
  LiveViewsInput,
  PresencesInput,
  RequestsInput,
  TopicsInput,
} from "./phoenix-methods.ts";
export type { PinInput, PinRow, QueryAnswer, QueryInput } from "./record-methods.ts";
export type { StateChange, StateDiff, StateList, StateRow } from "./state-answers.ts";
export type {
  CauseLink,
  ChangeAnswer,
  DiffAnswer,
  Snapshot,
  SnapshotMailbox,
  SnapshotMessage,
  SnapshotNode,
  SnapshotRow,
  SnapshotState,
  StepAnswer,
  UntilAnswer,
} from "./time-travel-answers.ts";
export type {
  ChangeInput,
  DiffInput,
  PlaceOfState,
  SnapshotInput,
  StepInput,
  UntilInput,
} from "./time-travel-methods.ts";
export type {
  JobList,
  JobRow,
  JobsInput,
  QueriesInput,
  QueryList,
  QueryRow,
  RepeatRow,
  WorkRef,
} from "./work-answers.ts";
