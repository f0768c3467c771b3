export {
  type AgentLimits,
  type AgentOptions,
  type Budget,
  isClickHouse,
  type Sample,
  type SystemMonitorLimits,
  TOLD_ALL,
} from "../model/index.ts";
export type { AlertMethods, AlertRow, AlertsAnswer, AlertsInput } from "./alert-methods.ts";
export type {
  AnomaliesAnswer,
  AnomaliesInput,
  AnomalyRow,
  PatternRow,
  PatternsAnswer,
  PatternsInput,
  SeriesName,
} from "./anomaly-methods.ts";
export {
  type Attaching,
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
  type NodeClock,
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
  type SplitRow,
  type Status,
  type TermText,
  type Tree,
  type TreeNode,
} from "./answers.ts";
export {
  type AddBookmarkInput,
  type BookmarkComment,
  type BookmarkMethods,
  type BookmarkOn,
  type BookmarkRow,
  bookmarkOnSchema,
  type CommentInput,
} from "./bookmark-methods.ts";
export type { BoundariesAnswer, BoundariesInput, LeakRow } from "./boundary-answers.ts";
export { CALLER_HEADER, type Caller, callerOf, callerText, type Surface } from "./caller.ts";
export { type CatalogueEntry, type CatalogueParameter, catalogue } from "./catalogue.ts";
export type { CompletionList, CompletionsInput } from "./completion-methods.ts";
export { type ControlInput, controlSchema, type LoweredBy, type ScopeInput } from "./control.ts";
export type {
  AskAnswer,
  AskInput,
  AskSentence,
  DiagnoseAnswer,
  DiagnoseInput,
  DiagnoseMethods,
  FindingRow,
} from "./diagnose-methods.ts";
export type { EventsFilter, NodeFilter } from "./event-filter.ts";
export type { ExecutionList, ExecutionOutcome, ExecutionRow } from "./execution-answers.ts";
export type {
  EventChoice,
  ExportEventRow,
  ExportEvents,
  ExportEventsInput,
  ExportFlows,
  ExportFlowsInput,
  FlowChoice,
} from "./export-methods.ts";
export { foldedStacks, speedscopeProfile } from "./flame-export.ts";
export type {
  FlowAnswer,
  FlowBroadcast,
  FlowHop,
  FlowList,
  FlowRow,
  FlowSpan,
  FlowStep,
} from "./flow-answers.ts";
export type { LineHistory, LineList, LineMoment, LineRow, LineValue } from "./line-answers.ts";
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
  AggregateAnswer,
  AggregateGroup,
  CallEdgeRow,
  CallGraphAnswer,
  CriticalPathAnswer,
  CriticalRow,
  FlameAnswer,
  FlameRow,
  FunctionRow,
  HotAnswer,
  LastEventsAnswer,
  MessageFlowAnswer,
  MessageFlowRow,
  PathAnswer,
  PathStep,
  Scanned,
  SlowestAnswer,
  SlowRow,
  Statistics,
  WaitRow,
  WaitsAnswer,
} from "./performance-answers.ts";
export type {
  AssignRow,
  BroadcastList,
  BroadcastRow,
  ChannelList,
  ChannelRow,
  ComponentRow,
  ElsewhereRow,
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
  InstantInput,
  LiveViewInput,
  LiveViewsInput,
  PresencesInput,
  RequestsInput,
  TopicsInput,
} from "./phoenix-methods.ts";
export { type Here, hereSchema, type LivePush, type PeoplePush, type Person } from "./presence.ts";
export {
  PROFILE_NAME,
  type Profile,
  type ProfileRecorded,
  type ProfileRow,
  type ProfileWay,
  profileSchema,
} from "./profile.ts";
export type {
  PinInput,
  PinRow,
  QueryAnswer,
  QueryInput,
  Timeline,
  TimelineInput,
  TimelineTrack,
} from "./record-methods.ts";
export type {
  ReplayAnswer,
  ReplayDifference,
  ReplayEffect,
  ReplayInput,
  ReplayOutcome,
  ReplayRisk,
  ReplayRow,
} from "./replay.ts";
export type {
  LineHistoryInput,
  ModuleRow,
  SourceAnswer,
  SourceInput,
  SourceMethods,
  SourceOrigin,
} from "./source-methods.ts";
export type { StateChange, StateDiff, StateList, StateRow } from "./state-answers.ts";
export type { GeneratedTest, GenerateTestsAnswer, GenerateTestsInput } from "./test-methods.ts";
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
export type { SavedView, SaveViewInput } from "./view-methods.ts";
export { type SshWay, type TlsWay, type Way, waySchema } from "./way.ts";
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
export {
  AGGREGATE_KEYS,
  type AggregateInput,
  type AggregateKey,
  GROUPINGS,
  type Grouping,
  type LastEventsInput,
  MEASURES,
  type Measure,
  type MessageFlowInput,
  type PathInput,
  type WorkInput,
} from "./work-methods.ts";
