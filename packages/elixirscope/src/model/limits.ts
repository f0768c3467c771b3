/** Which part of what is in scope is recorded. What is left out is counted apart from what is dropped. */
export interface Sample {
  /** Share of the processes, 0 to 1, by hash of the pid: a process is seen whole or not at all. */
  readonly processes?: number | undefined;
  /** At most so many calls a second of each function. */
  readonly callsPerSecond?: number | undefined;
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
