import { Atom, atom, ErlangMap, type Term, tuple } from "@elixirscope/etf";
import type { AgentOptions, SystemMonitorLimits } from "../model/index.ts";

// What the agent is started with, in its own words (agent/README.md). What is not given stays as the agent has it.

/** The emulator counts heaps in words. */
const WORD_BYTES = 8;

export function agentOptions({ limits = {}, systemMonitor = {} }: AgentOptions): readonly [Term, Term][] {
  return [
    ...entries({
      mailbox_limit: limits.mailbox,
      window_bytes: limits.windowBytes,
      payload_bytes: limits.payloadBytes,
      sample_ms: limits.sampleMs,
      sample_budget_ms: limits.sampleBudgetMs,
    }),
    [atom("system_monitor"), systemMonitor === false ? atom("off") : new ErlangMap(monitor(systemMonitor))],
  ];
}

function monitor(limits: SystemMonitorLimits): readonly [Term, Term][] {
  const { largeHeapBytes: heap, longMessageQueue: queue } = limits;
  return entries({
    long_gc: limits.longGcMs,
    long_schedule: limits.longScheduleMs,
    // Rounded up, since 0 words would mean that none is reported.
    large_heap: heap === undefined ? undefined : Math.ceil(heap / WORD_BYTES),
    long_message_queue:
      queue === undefined ? undefined : queue === 0 ? atom("false") : tuple(Math.floor(queue / 10), queue),
    busy_port: flag(limits.busyPort),
    busy_dist_port: flag(limits.busyDistPort),
  });
}

const flag = (value: boolean | undefined): Atom | undefined =>
  value === undefined ? undefined : new Atom(String(value));

const entries = (values: Readonly<Record<string, Term | undefined>>): [Term, Term][] =>
  Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[atom(key), value]]));
