/** No limit on what is told. */
export const TOLD_ALL = 1_000_000_000;

/** Which part of what is in scope is recorded. What is left out is counted apart from what is dropped. */
export interface Sample {
  /** Share of the processes, 0 to 1, by hash of the pid: a process is seen whole or not at all. */
  readonly processes?: number | undefined;
  /** At most so many calls a second of each function. */
  readonly callsPerSecond?: number | undefined;
  /**
   * At `observe` and `flows`: so many calls a second of each function of a library that tells something (telemetry, logs,
   * PubSub, LiveView), of entry points of flows a fifth of it; above that a part is recorded and the rest counted. Default
   * 2,000; {@link TOLD_ALL}: all.
   */
  readonly toldPerSecond?: number | undefined;
  /** Every n-th flow. */
  readonly everyNthFlow?: number | undefined;
}

/** What tracing may cost the node before it steps down to a lower level. What is not given is not limited. */
export interface Budget {
  readonly eventsPerSecond?: number | undefined;
  readonly bytesPerSecond?: number | undefined;
  /** Of the agent in the node; at most 64 MiB in any case. */
  readonly memoryBytes?: number | undefined;
  /** Of one scheduler. */
  readonly cpuPercent?: number | undefined;
  /** Processes that wait for each scheduler of the node. */
  readonly runQueue?: number | undefined;
}

// What the agent may take of the node, and what the node's system monitor reports: said at the attach, for as long as
// it lasts. (Its memory is a part of the budget, which can be changed while it runs.)

/** Bounds of the agent. What is not given stays as the agent has it. */
export interface AgentLimits {
  /**
   * Messages that may wait for the tracer: above it events are only counted, above ten times as many the circuit breaker
   * switches tracing off for a while. Default 20,000.
   */
  readonly mailbox?: number | undefined;
  /** Bytes of batches on their way to ElixirScope; without credit events are dropped and counted. Default 16 MiB. */
  readonly windowBytes?: number | undefined;
  /** What of an event is larger is cut. Default 64 KiB; at most a quarter of the window. */
  readonly payloadBytes?: number | undefined;
  /** Between two rounds of samples; 0: none are taken. Default 1,000. */
  readonly sampleMs?: number | undefined;
  /** Work on samples, in milliseconds of each second; who had no turn has it in the next round. Default 10. */
  readonly sampleBudgetMs?: number | undefined;
}

/** Above what the system monitor reports; 0: not that. What is not given stays as the agent has it. */
export interface SystemMonitorLimits {
  /** Default 100. */
  readonly longGcMs?: number | undefined;
  /** Default 100. */
  readonly longScheduleMs?: number | undefined;
  /** Default 64 MiB. */
  readonly largeHeapBytes?: number | undefined;
  /** Messages in a mailbox, OTP 27 and later; over at a tenth of them. Default 10,000. */
  readonly longMessageQueue?: number | undefined;
  readonly busyPort?: boolean | undefined;
  readonly busyDistPort?: boolean | undefined;
}

export interface AgentOptions {
  readonly limits?: AgentLimits | undefined;
  /** `false`: the node's system monitor is left alone. */
  readonly systemMonitor?: SystemMonitorLimits | false | undefined;
  /** `false`: the node's own log does not say who attached, and that we left. */
  readonly notice?: boolean | undefined;
  /** From this attach on nothing is done on a node that is not in the audit log first. */
  readonly requireAudit?: boolean | undefined;
}
