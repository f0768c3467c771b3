import { z } from "zod";
import type { AgentOptions } from "../model/index.ts";

const whole = (least: number, most: number): z.ZodOptional<z.ZodNumber> =>
  z.number().int().min(least).max(most).optional();
const milliseconds = whole(0, 3_600_000);

/** Checks for {@link AgentOptions}, to be spread into an object's schema. */
export const agentSchema: { readonly [K in keyof AgentOptions]-?: z.ZodType<AgentOptions[K]> } = {
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
  notice: z.boolean().optional(),
  requireAudit: z.boolean().optional(),
};
