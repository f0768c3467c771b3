export { dropRecording, type RecordingEntry, recordings } from "../store/index.ts";
export { type AuditEntry, type AuditRead, auditFile, readAudit } from "./audit/audit-log.ts";
export { Engine, type EngineOptions } from "./engine.ts";
export { EngineClient } from "./engine-client.ts";
export { type Job, type JobOptions, type JobResult, runJob } from "./jobs.ts";
export { Recorder } from "./recorder.ts";
