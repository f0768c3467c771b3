import { Atom, ErlangMap, type Term, Tuple } from "@elixirscope/etf";
import { channelStepOf } from "./phoenix/channels.ts";
import {
  elementsOf,
  type Fields,
  nameOf,
  type PhoenixEvent,
  type Telemetry,
  telemetryOf,
  textOf,
} from "./phoenix/fields.ts";
import { liveViewSessions } from "./phoenix/live-views.ts";
import { type Request, requestsOf } from "./phoenix/requests.ts";

/** Something that libraries told while a process was at its part of a flow. */
export interface LibraryStep {
  /** Of the event that ended it. */
  readonly id: number;
  readonly pid: number;
  /** When it ended. */
  readonly ts: bigint;
  readonly type: string;
  /** What of it: an event's name, a template, a query. */
  readonly name: string;
  readonly detail: Term | undefined;
  readonly durationNs: number | undefined;
  readonly failed: boolean;
  /** Of a `request`. */
  readonly request: Request | undefined;
}

/** Reads events of the kinds `telemetry`, `phoenix` and `exit`, oldest first, of the processes of a flow. */
export function librarySteps(events: readonly PhoenixEvent[]): readonly LibraryStep[] {
  const seen = new Map<number, LibraryStep>();
  const add = (step: LibraryStep): void => {
    if (!seen.has(step.id)) seen.set(step.id, step);
  };
  const byId = new Map(events.map((event) => [event.id, event]));
  for (const request of requestsOf(events)) add(requestStep(request, byId.get(request.id)!));
  for (const { steps } of liveViewSessions(events))
    for (const { id, pid, ts, type, name, detail, durationNs, failed } of steps)
      add({ id, pid, ts, type, name, detail, durationNs, failed, request: undefined });
  for (const event of events) {
    const step = isLiveViews(event) ? undefined : channelStepOf(event);
    if (step) add({ ...plain(event), ...step, failed: false });
    const telemetry = event.kind === "telemetry" ? telemetryOf(event) : undefined;
    if (telemetry) for (const told of telemetrySteps(event, telemetry)) add(told);
  }
  return [...seen.values()].sort((a, b) => a.id - b.id);
}

const plain = ({ id, pid, ts }: PhoenixEvent): LibraryStep => ({
  id,
  pid,
  ts,
  type: "telemetry",
  name: "",
  detail: undefined,
  durationNs: undefined,
  failed: false,
  request: undefined,
});

/** LiveViews push and reply as channels do; what they told of it themselves says more. */
const isLiveViews = ({ kind, payload }: PhoenixEvent): boolean =>
  kind === "phoenix" && textOf(elementsOf(payload)[1])?.startsWith("lv:") === true;

function requestStep(request: Request, event: PhoenixEvent): LibraryStep {
  const { method, path, durationNs, error, status = 0 } = request;
  const name = `${method} ${path}`;
  return {
    ...plain(event),
    type: "request",
    name,
    durationNs,
    failed: error !== undefined || status >= 500,
    request,
  };
}

/** What Phoenix and LiveView tell otherwise, or what is around everything. */
const TOLD_OTHERWISE =
  /^(phoenix\.(endpoint|router_dispatch|live_view|live_component|error_rendered|channel_handled_in)|plug\.|bandit\.|thousand_island\.)/;

function telemetrySteps(event: PhoenixEvent, telemetry: Telemetry): readonly LibraryStep[] {
  const { name, metadata, durationNs } = telemetry;
  if (name.endsWith(".start")) return [];
  const told = { ...plain(event), durationNs, failed: name.endsWith(".exception") };
  if (name === "bandit.request.stop") return staticFile(told, metadata);
  if (TOLD_OTHERWISE.test(name)) return [];
  if (name === "phoenix.channel_joined") return [joinStep(told, metadata)];
  if (name.startsWith("phoenix.controller.render."))
    return [{ ...told, type: "render", name: renderedOf(metadata) }];
  if (name === "phoenix.socket_connected")
    return [{ ...told, type: "connect", name: moduleText(metadata.name("user_socket")) }];
  if (name.startsWith("oban.job."))
    return [{ ...told, type: "job", name: metadata.fields("job").text("worker") ?? "" }];
  if (name.startsWith("finch.request.")) return [{ ...told, type: "http", name: addressOf(metadata) }];
  if (/(^|\.)query$/.test(name) && metadata.text("query") !== undefined)
    return [{ ...told, type: "query", name: metadata.text("query")!, failed: isError(metadata) }];
  return [{ ...told, name, detail: undefined }];
}

/** A request that no endpoint tells of: `Plug.Static` answered it. Where one does, that has the same process and stands before this. */
function staticFile(told: LibraryStep, metadata: Fields): readonly LibraryStep[] {
  const conn = metadata.fields("conn");
  const method = conn.text("method");
  if (method === undefined) return [];
  return [{ ...told, type: "served", name: `${method} ${conn.text("request_path") ?? ""}` }];
}

const joinStep = (told: LibraryStep, metadata: Fields): LibraryStep => ({
  ...told,
  type: "join",
  name: metadata.fields("socket").text("topic") ?? "?",
  detail: metadata.term("params"),
  failed: metadata.name("result") !== "ok",
});

const renderedOf = (metadata: Fields): string =>
  [moduleText(metadata.name("view")), metadata.text("template") ?? ""].filter(Boolean).join(" ");

const moduleText = (name: string | undefined): string => name?.replace(/^Elixir\./, "") ?? "";

function addressOf(metadata: Fields): string {
  const request = metadata.fields("request");
  return `${request.text("method") ?? ""} ${request.text("host") ?? ""}${request.text("path") ?? ""}`.trim();
}

const isError = (metadata: Fields): boolean => metadata.name("result") === "error";

/** Names of an event's parameters: what was typed stays where it is. */
export const parameterNames = (params: Term | undefined): readonly string[] =>
  params instanceof ErlangMap ? params.entries.map(([key]) => keyText(key)).filter((key) => key !== "") : [];

const keyText = (key: Term): string =>
  key instanceof Atom ? key.name : key instanceof Uint8Array ? new TextDecoder().decode(key) : "";

/** Module and topic of `{Phoenix.LiveView, Module, Topic}` or `{Phoenix.Channel, Module, Topic}`, the labels of such processes. */
export function webRole(
  label: Term | undefined,
): { readonly type: "live_view" | "channel"; readonly module: string; readonly topic: string } | undefined {
  if (!(label instanceof Tuple) || label.elements.length !== 3) return undefined;
  const [what, module, topic] = label.elements;
  const type = WEB_ROLES[nameOf(what) ?? ""];
  const name = nameOf(module);
  if (!type || name === undefined) return undefined;
  return { type, module: moduleText(name), topic: topic instanceof Uint8Array ? keyText(topic) : "" };
}

const WEB_ROLES: Readonly<Record<string, "live_view" | "channel">> = {
  "Elixir.Phoenix.LiveView": "live_view",
  "Elixir.Phoenix.Channel": "channel",
};
