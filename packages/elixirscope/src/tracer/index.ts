export type { AgentLoweredBy, AgentStats, FlowsAnswer } from "./agent-terms.ts";
export { BatchScanner, NameRegistry, type Numbering } from "./batch-scanner.ts";
export { Dictionary } from "./dictionary.ts";
export { newFlowLabel } from "./flow-entries.ts";
export { releaseBoot } from "./held-boot.ts";
export { callSites, countCalls, moduleImports, webRoots } from "./module-calls.ts";
export { Redactor } from "./redaction.ts";
export { Session, type SessionOptions, type SessionSink } from "./session.ts";
export type { TraceRequest } from "./trace-request.ts";
