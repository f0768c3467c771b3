import type { Term } from "@elixirscope/etf";
import { elementsOf, nameOf, type PhoenixEvent, payloadTerm, telemetryOf, textOf } from "./fields.ts";

/** One process of a channel: a user in a topic. */
export interface Channel {
  /** Of the event that it joined by, or was refused by. */
  readonly id: number;
  readonly pid: number;
  readonly topic: string;
  readonly channel: string | undefined;
  readonly joined: boolean;
  readonly ts: bigint;
  readonly joinNs: number | undefined;
  readonly endedAt: bigint | undefined;
  readonly exitReason: Term | undefined;
  /** Oldest first. */
  readonly steps: readonly ChannelStep[];
}

export interface ChannelStep {
  readonly id: number;
  readonly ts: bigint;
  /** `in`: from the browser; `push`, `reply`: to it; `info`: a message of another process; `track` … : presence. */
  readonly type: "in" | "push" | "reply" | "info" | "track" | "track_update" | "untrack";
  /** The event's name, a reply's status, a presence's key. */
  readonly name: string;
  readonly detail: Term | undefined;
  readonly durationNs: number | undefined;
}

/** Reads events of the kinds `telemetry`, `phoenix` and `exit`, oldest first. LiveViews are not among them. */
export function channelsOf(events: readonly PhoenixEvent[]): readonly Channel[] {
  const found: Draft[] = [];
  const living = new Map<number, Draft>();
  for (const event of events) {
    const step = channelStepOf(event);
    if (step) living.get(event.pid)?.steps.push(step);
    else if (event.kind === "telemetry") joined(event, found, living);
    else if (event.kind === "exit") {
      const draft = living.get(event.pid);
      if (draft) Object.assign(draft, { endedAt: event.ts, exitReason: payloadTerm(event.payload) });
      living.delete(event.pid);
    }
  }
  return found;
}

interface Draft extends Omit<Channel, "steps"> {
  readonly steps: ChannelStep[];
}

function joined(event: PhoenixEvent, found: Draft[], living: Map<number, Draft>): void {
  const telemetry = telemetryOf(event);
  if (telemetry?.name !== "phoenix.channel_joined") return;
  const socket = telemetry.metadata.fields("socket");
  const draft: Draft = {
    id: event.id,
    pid: event.pid,
    ts: event.ts,
    topic: socket.text("topic") ?? "?",
    channel: socket.name("channel"),
    joined: telemetry.metadata.name("result") === "ok",
    joinNs: telemetry.durationNs,
    endedAt: undefined,
    exitReason: undefined,
    steps: [],
  };
  found.push(draft);
  living.set(event.pid, draft);
}

/** What this event tells of a channel, whose ever it is. */
export function channelStepOf(event: PhoenixEvent): ChannelStep | undefined {
  if (event.kind === "telemetry") return handledIn(event);
  return event.kind === "phoenix" ? pointOf(event) : undefined;
}

function handledIn(event: PhoenixEvent): ChannelStep | undefined {
  const telemetry = telemetryOf(event);
  if (telemetry?.name !== "phoenix.channel_handled_in") return undefined;
  return {
    id: event.id,
    ts: event.ts,
    type: "in",
    name: telemetry.metadata.text("event") ?? "?",
    detail: telemetry.metadata.term("params"),
    durationNs: telemetry.durationNs,
  };
}

function pointOf(event: PhoenixEvent): ChannelStep | undefined {
  const [point, , ...rest] = elementsOf(event.payload);
  const told = { id: event.id, ts: event.ts, durationNs: undefined };
  const name = nameOf(point);
  switch (name) {
    case "push":
      return { ...told, type: "push", name: textOf(rest[0]) ?? "?", detail: rest[1] };
    case "reply":
      return { ...told, type: "reply", name: nameOf(rest[1]) ?? "?", detail: rest[2] };
    case "channel_info":
      return { ...told, type: "info", name: "", detail: rest[1] };
    case "track":
    case "track_update":
      return { ...told, type: name, name: textOf(rest[0]) ?? "?", detail: rest[2] };
    case "untrack":
      return { ...told, type: "untrack", name: textOf(rest[0]) ?? "?", detail: undefined };
    default:
      return undefined;
  }
}
