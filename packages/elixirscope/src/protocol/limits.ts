import { z } from "zod";

// What the agent may take of the node, and what the node's system monitor reports: said at the attach, for as long as
// it lasts. (Its memory is a part of the budget, which can be changed while it runs.)

/** Bounds of the agent. What is not given stays as the agent has it. */
export interface LimitsInput {
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
export interface SystemMonitorInput {
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

/** Of a system monitor: the limits, or none at all. */
export type MonitorInput = SystemMonitorInput | false;

export interface AgentInput {
  readonly limits?: LimitsInput | undefined;
  readonly systemMonitor?: MonitorInput | undefined;
}

const whole = (least: number, most: number): z.ZodOptional<z.ZodNumber> =>
  z.number().int().min(least).max(most).optional();
const milliseconds = whole(0, 3_600_000);

/** Checks for {@link AgentInput}, to be spread into an object's schema. */
export const agentSchema: { readonly [K in keyof AgentInput]-?: z.ZodType<AgentInput[K]> } = {
  limits: z
    .strictObject({
      mailbox: whole(100, 1_000_000),
      windowBytes: whole(65_536, 268_435_456),
      payloadBytes: whole(256, 16_777_216),
      sampleMs: whole(0, 3_600_000),
      sampleBudgetMs: whole(1, 1_000),
    })
    .refine(({ payloadBytes = 65_536, windowBytes = 16_777_216 }) => payloadBytes * 4 <= windowBytes, {
      error: "payloadBytes is more than a quarter of windowBytes",
    })
    .optional(),
  systemMonitor: z
    .union([
      z.literal(false),
      z.strictObject({
        longGcMs: milliseconds,
        longScheduleMs: milliseconds,
        largeHeapBytes: whole(0, 1_099_511_627_776),
        longMessageQueue: whole(0, 1_000_000_000),
        busyPort: z.boolean().optional(),
        busyDistPort: z.boolean().optional(),
      }),
    ])
    .optional(),
};
