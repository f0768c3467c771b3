import { type Command, InvalidArgumentError } from "commander";
import type { AgentLimits, AgentOptions, SystemMonitorLimits } from "../protocol/index.ts";
import { byteSize } from "./control-options.ts";
import { parseDuration } from "./duration.ts";

/** What the agent may take of the node, and what the system monitor reports: options of all commands that attach. */
export interface AgentCliOptions {
  readonly maxMailbox?: number | undefined;
  readonly maxInFlight?: number | undefined;
  readonly maxPayload?: number | undefined;
  /** False: the node's system monitor is left alone. */
  readonly monitor?: SystemMonitorLimits | false | undefined;
  /** False: nothing is said in the node's own log. */
  readonly notice?: boolean | undefined;
  /** Refused where the audit log cannot be written. */
  readonly requireAudit?: boolean | undefined;
}

export const agentOptions = (command: Command): Command =>
  command
    .option(
      "--max-mailbox <n>",
      "messages that may wait in the agent: above it only counts, above ten times as many tracing pauses (default 20000)",
      mailboxOption,
    )
    .option(
      "--max-in-flight <size>",
      "bytes on their way; above them events are dropped and counted (default 16MB)",
      inFlightOption,
    )
    .option("--max-payload <size>", "what of an event is larger is cut (default 64KB)", payloadOption)
    .option(
      "--monitor <limit>",
      "what the system monitor reports: long-gc=200ms, long-schedule=, large-heap=64MB, long-message-queue=10000, busy-port=off (can be repeated)",
      monitorOption,
    )
    .option("--no-monitor", "leave the node's system monitor alone")
    .option("--no-notice", "do not say in the node's own log who attached, and that we left")
    .option("--require-audit", "do nothing on the node that cannot be written into the audit log first");

export function agentInput(options: AgentCliOptions): AgentOptions {
  const limits: AgentLimits = {
    ...(options.maxMailbox === undefined ? {} : { mailbox: options.maxMailbox }),
    ...(options.maxInFlight === undefined ? {} : { windowBytes: options.maxInFlight }),
    ...(options.maxPayload === undefined ? {} : { payloadBytes: options.maxPayload }),
  };
  return {
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(options.monitor === undefined ? {} : { systemMonitor: options.monitor }),
    ...(options.notice === false ? { notice: false } : {}),
    ...(options.requireAudit ? { requireAudit: true } : {}),
  };
}

export function mailboxOption(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < 100 || n > 1_000_000)
    throw new InvalidArgumentError("Write a whole number from 100 to 1000000.");
  return n;
}

export const inFlightOption = (text: string): number =>
  byteSize(text, 65_536, 268_435_456, "Write a size from 64KB to 256MB.");

export const payloadOption = (text: string): number =>
  byteSize(text, 256, 16_777_216, "Write a size from 256B to 16MB.");

const MONITOR_HINT =
  "Write long-gc=200ms, long-schedule=200ms, large-heap=64MB, long-message-queue=10000, busy-port=on or busy-dist-port=on; =off: not that.";

/** `long-gc=200ms`, `large-heap=off`; one after another they add up. */
export function monitorOption(
  text: string,
  before: SystemMonitorLimits | false | undefined,
): SystemMonitorLimits {
  const [, what = "", value = ""] = /^([a-z-]+)=(\S+)$/.exec(text) ?? [];
  const limit = limitOf(what, value);
  if (limit === undefined) throw new InvalidArgumentError(MONITOR_HINT);
  return { ...before, ...limit };
}

function limitOf(what: string, value: string): SystemMonitorLimits | undefined {
  const off = value === "off";
  switch (what) {
    case "long-gc":
      return withNumber("longGcMs", off ? 0 : parseDuration(value));
    case "long-schedule":
      return withNumber("longScheduleMs", off ? 0 : parseDuration(value));
    case "large-heap":
      return { largeHeapBytes: off ? 0 : byteSize(value, 1_024, 1_099_511_627_776, MONITOR_HINT) };
    case "long-message-queue":
      return withNumber(
        "longMessageQueue",
        off ? 0 : /^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined,
      );
    case "busy-port":
      return off || value === "on" ? { busyPort: !off } : undefined;
    case "busy-dist-port":
      return off || value === "on" ? { busyDistPort: !off } : undefined;
    default:
      return undefined;
  }
}

const withNumber = (
  key: "longGcMs" | "longScheduleMs" | "longMessageQueue",
  value: number | undefined,
): SystemMonitorLimits | undefined => (value === undefined ? undefined : { [key]: value });
