export { type Anomaly, detectAnomalies } from "./anomaly/detect.ts";
export { growthOf } from "./anomaly/growth.ts";
export { noveltiesOf } from "./anomaly/novelty.ts";
export { learnPattern, type Pattern } from "./anomaly/pattern.ts";
export { type SeriesKind, unsteady } from "./anomaly/steady.ts";
export { findBoundaries } from "./boundaries.ts";
export { CallGraph } from "./call-graph.ts";
export { type Execution, type Loss, replayCallSteps, replayCalls } from "./call-replay.ts";
export { callShape, isReplyTo, REQUEST_TAGS } from "./call-shape.ts";
export { type CallbackStep, CallbackWalk, type EventNames, type Inside, isTimeout } from "./callback-walk.ts";
export { between, ClockEstimate, type ClockOffset, correction } from "./clock-estimate.ts";
export { compileExpression } from "./condition.ts";
export { type CriticalSegment, criticalPath } from "./critical-path.ts";
export { diagnoseSteps } from "./diagnosis/diagnose.ts";
export type {
  BroadcastFact,
  CallFact,
  CrashFact,
  Facts,
  JobFact,
  LostSendFact,
  MailboxFact,
  MessageFact,
  RepeatFact,
  RequestFact,
  SamplePoint,
  SpawnFact,
  TimerFact,
  UnhandledFact,
  UserEventFact,
  Who,
} from "./diagnosis/facts.ts";
export { type Finding, grouped } from "./diagnosis/finding.ts";
export type {
  ClauseFact,
  Figure,
  LeakFact,
  LogFact,
  LostTableFact,
  MonitorFact,
  MoreFacts,
  NameFact,
  NodeFact,
  PortFact,
  SendFact,
  ServerFact,
  SizeFact,
  SplitFact,
  StartFact,
  TableFact,
  TurnFact,
} from "./diagnosis/more-facts.ts";
export { parts } from "./diagnosis/parts.ts";
export { type Question, questionOf, type When, wordsIn } from "./diagnosis/question.ts";
export { namedBy, relevance, type Subject, userEventsOf } from "./diagnosis/relevance.ts";
export { tell, within } from "./diagnosis/tell.ts";
export { executionPath, type PathNode } from "./execution-path.ts";
export { Flame, type FlameNode } from "./flame.ts";
export { buildFlowSteps } from "./flow.ts";
export { areOver, SpanIndex, spanExtents } from "./flow-extent.ts";
export { hopFacts, messageOf, startFacts } from "./flow-hop.ts";
export { type LibraryStep, librarySteps, parameterNames, webRole } from "./flow-steps.ts";
export type { Flow, FlowHop, FlowSpan, Flows } from "./flow-types.ts";
export { mailboxAt, ON_ITS_WAY_NS } from "./mailbox.ts";
export { bytesKey, type MessagePair, pairMessageSteps, pairMessages } from "./message-pairing.ts";
export { type MonitorSpan, untoldMonitors, walkMonitors } from "./monitor-walk.ts";
export { NEWEST, NewestEvents, type NewestKind } from "./newest-events.ts";
export { type LevelState, PAST_KINDS, PastTables } from "./past-tables.ts";
export { type PeerChange, type Split, splitsOf } from "./peer-table.ts";
export { type AssignChange, changedAssigns, type LiveViewState, liveViewState } from "./phoenix/assigns.ts";
export { type Channel, channelsOf } from "./phoenix/channels.ts";
export { type ComponentHistory, componentHistories, type StateOf } from "./phoenix/components.ts";
export { Fields, payloadTerm, telemetryOf } from "./phoenix/fields.ts";
export { type JobRun, jobRuns } from "./phoenix/jobs.ts";
export { type LiveViewSession, type LiveViewStep, liveViewSessions } from "./phoenix/live-views.ts";
export { locationIn, type Pipeline, type PlugStep, pipelinesOf, termPath } from "./phoenix/pipeline.ts";
export { presencesOf } from "./phoenix/presence.ts";
export {
  type Broadcast,
  type BroadcastElsewhere,
  isUnheard,
  type PubSubHistory,
  pubSubHistorySteps,
  type Topic,
} from "./phoenix/pubsub.ts";
export { type DatabaseQuery, queriesOf, type RepeatedQuery, repeatedQueries } from "./phoenix/queries.ts";
export { type Request, type RequestError, requestsOf } from "./phoenix/requests.ts";
export { type SocketFrame, socketFrame, socketMessage, userEvent } from "./phoenix/socket-frame.ts";
export { Subscriptions } from "./phoenix/subscriptions.ts";
export { nearestTopic } from "./phoenix/topic-distance.ts";
export type { WorkUnit } from "./phoenix/work-units.ts";
export type { ChildSpec, InitialCall, ProcessState } from "./process-state.ts";
export {
  type PidResolver,
  ProcessTable,
  type SupervisorState,
  TABLE_KINDS,
} from "./process-table.ts";
export { type Branch, processTree } from "./process-tree.ts";
export { sameBytes } from "./same-bytes.ts";
export { groupSampleSteps, type Sample, type SampleGroup, type Summary, summaryOf } from "./sample-groups.ts";
export type { Steps } from "./steps.ts";
export { diffTerms, holdsCut, isCut } from "./term-diff.ts";
export { compileTermPattern, type TermMatcher } from "./term-pattern/term-pattern.ts";
export { callbackTests, type LeftOut } from "./test-generation/callback-tests.ts";
export { conversationTest } from "./test-generation/conversation-test.ts";
export { type LiveViewScene, liveViewTest } from "./test-generation/live-view-test.ts";
export type {
  RecordedStep,
  SentMessage,
  StepBroadcast,
  StepOutcome,
} from "./test-generation/recorded-step.ts";
export { type RecordedRequest, requestTest } from "./test-generation/request-test.ts";
export { stepForm } from "./test-generation/step-shape.ts";
export { Unwritable } from "./test-generation/term-writer.ts";
export { type TestModule, testFile } from "./test-generation/test-module.ts";
export { identifiersIn, type RunTime, settle, type Volatile } from "./volatile.ts";
export { type WorkTime, workTimeSteps } from "./work-times.ts";
export { type WorkFrame, workTreeSteps, workTrees } from "./work-tree.ts";
