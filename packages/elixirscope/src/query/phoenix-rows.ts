import type { Term } from "@elixirscope/etf";
import type { Channel, Request, RequestError } from "../analysis/index.ts";
import type {
  ChannelRow,
  ProcessRef,
  RepeatRow,
  RequestFailure,
  RequestRow,
  TermText,
} from "../protocol/index.ts";
import type { Clock } from "./clock.ts";
import { atomText } from "./lookup.ts";

/** What rows about Phoenix are made with. */
export interface PhoenixParts {
  readonly clock: Clock;
  ref(index: number): ProcessRef | null;
  text(term: Term, maxLength: number): TermText;
}

/** Longest term in a row, in characters. */
const TERM_LENGTH = 2_000;

export const moduleName = (name: string | undefined): string | null =>
  name === undefined ? null : atomText(name).replace(/^:/, "");

export const termText = (term: Term | undefined, parts: PhoenixParts): TermText | null =>
  term === undefined ? null : parts.text(term, TERM_LENGTH);

export function requestRow(request: Request, parts: PhoenixParts, repeats: readonly RepeatRow[]): RequestRow {
  const { clock } = parts;
  return {
    id: request.id,
    flow: null,
    t: clock.t(request.startedAt),
    at: clock.iso(request.startedAt),
    process: parts.ref(request.pid),
    method: request.method,
    path: request.path,
    query: request.query,
    status: request.durationNs === undefined ? null : (request.status ?? null),
    durationNs: request.durationNs ?? null,
    route: request.route ?? null,
    handler: handlerOf(request),
    format: request.format ?? null,
    params: termText(request.params, parts),
    stages: request.stages,
    error: request.error ? failureRow(request.error) : null,
    repeatedQueries: repeats,
  };
}

export const failureRow = ({ kind, exception, message, frames }: RequestError): RequestFailure => ({
  kind,
  exception: moduleName(exception),
  message: message ?? null,
  frames: frames.map(({ module, function: name, place }) => ({
    function: `${atomText(module)}.${atomText(name).replace(/^:/, "")}`,
    place,
  })),
});

function handlerOf({ controller, action, liveView }: Request): string | null {
  if (liveView !== undefined) return moduleName(liveView);
  const module = moduleName(controller);
  return module === null || action === undefined ? module : `${module}.${action}`;
}

export function channelRow(channel: Channel, parts: PhoenixParts): ChannelRow {
  const { clock } = parts;
  return {
    id: channel.id,
    t: clock.t(channel.ts),
    at: clock.iso(channel.ts),
    process: parts.ref(channel.pid),
    topic: channel.topic,
    channel: moduleName(channel.channel),
    joined: channel.joined,
    joinNs: channel.joinNs ?? null,
    endedAt: channel.endedAt === undefined ? null : clock.t(channel.endedAt),
    steps: channel.steps.map(({ id, ts, type, name, detail, durationNs }) => ({
      id,
      flow: null,
      t: clock.t(ts),
      type,
      name,
      detail: termText(detail, parts),
      durationNs: durationNs ?? null,
    })),
  };
}
