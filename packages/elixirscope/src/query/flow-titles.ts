import { decodeTerm } from "@elixirscope/etf";
import {
  type ProcessTable,
  type payloadTerm,
  socketMessage,
  startFacts,
  telemetryOf,
  userEvent,
  webRole,
} from "../analysis/index.ts";
import type { StoredEvent, TraceStore } from "../store/index.ts";
import { EVENTS, type StoredFlow } from "./flow-reader.ts";
import { atomText, type Lookup } from "./lookup.ts";

export interface TitleSources {
  readonly store: TraceStore;
  readonly lookup: Lookup;
  readonly table: ProcessTable;
}

/** Telemetry that names what a process was at, what says most first. */
const NAMING: readonly string[] = [
  "phoenix.endpoint.start",
  "phoenix.endpoint.stop",
  "oban.job.start",
  "oban.job.stop",
  "bandit.request.stop",
];

/** What a person did that the flows began with; those of which nothing better than the call is known are left out. */
export async function flowTitles(
  sources: TitleSources,
  flows: readonly StoredFlow[],
): Promise<ReadonlyMap<StoredFlow, string>> {
  const titles = new Map<StoredFlow, string>();
  const others: StoredFlow[] = [];
  for (const flow of flows) {
    const title = socketTitle(sources, flow);
    if (title === undefined) others.push(flow);
    else titles.set(flow, title);
  }
  const named = await namings(sources, others);
  for (const flow of others) {
    const title = namingOf(flow, named.get(flow.start.pid) ?? []);
    if (title !== undefined) titles.set(flow, title);
  }
  return titles;
}

function socketTitle(sources: TitleSources, flow: StoredFlow): string | undefined {
  const entry = sources.lookup.function(flow.start.mfa);
  if (entry?.module !== "Elixir.Phoenix.Socket" || entry.function !== "__in__") return undefined;
  const message = socketMessage(firstArgument(flow.start));
  if (!message) return undefined;
  const { topic, event, payload } = message;
  if (topic === "phoenix") return event;
  const where = viewOf(sources, flow, topic) ?? topic;
  if (event === "phx_join") return `join ${where}`;
  if (event === "phx_leave") return `leave ${where}`;
  return `${(event === "event" && userEvent(payload)) || event} on ${where}`;
}

function firstArgument({ payload }: StoredEvent): ReturnType<typeof payloadTerm> {
  const bytes = startFacts(payload)?.arguments;
  try {
    const term = bytes && decodeTerm(bytes, 0).term;
    return Array.isArray(term) ? term[0] : undefined;
  } catch {
    return undefined;
  }
}

/** The LiveView that a topic of LiveViews stands for. */
function viewOf(sources: TitleSources, { spans }: StoredFlow, topic: string): string | undefined {
  if (!topic.startsWith("lv:")) return undefined;
  for (const { pid } of spans) {
    const state = sources.table.processes.get(pid);
    const role = webRole(state?.label);
    if (role?.type === "live_view" && role.topic === topic) return role.module;
    const call = state?.initialCall;
    if (!role && call?.function === "mount" && call.arity === 3) return atomText(call.module);
  }
  return undefined;
}

interface Naming {
  readonly ts: bigint;
  readonly rank: number;
  readonly title: string;
}

/** By process, oldest first. */
async function namings(
  { store, lookup }: TitleSources,
  flows: readonly StoredFlow[],
): Promise<ReadonlyMap<number, readonly Naming[]>> {
  const found = new Map<number, Naming[]>();
  const tags = NAMING.flatMap((name) => lookup.atomsNamed(name));
  if (flows.length === 0 || tags.length === 0) return found;
  let [from, to] = [flows[0]!.first, flows[0]!.last];
  for (const { first, last } of flows) {
    if (first < from) from = first;
    if (last > to) to = last;
  }
  const pids = [...new Set(flows.map(({ start }) => start.pid))];
  const events = await store.events({
    kinds: ["telemetry"],
    tags,
    pids,
    from,
    to,
    order: "oldest_first",
    limit: EVENTS,
  });
  for (const event of events) {
    const title = titleOf(event);
    if (title === undefined) continue;
    const rank = NAMING.indexOf(lookup.atomName(event.tag));
    const list = found.get(event.pid) ?? [];
    found.set(event.pid, list);
    list.push({ ts: event.ts, rank, title });
  }
  return found;
}

function titleOf(event: StoredEvent): string | undefined {
  const telemetry = telemetryOf(event);
  if (telemetry?.name.startsWith("oban.")) {
    const worker = telemetry.metadata.fields("job").text("worker");
    return worker === undefined ? undefined : `job ${worker}`;
  }
  const conn = telemetry?.metadata.fields("conn");
  const [method, path] = [conn?.text("method"), conn?.text("request_path")];
  return method === undefined ? undefined : `${method} ${path ?? ""}`;
}

/** Of what its process told before it returned. */
function namingOf({ spans, last }: StoredFlow, told: readonly Naming[]): string | undefined {
  const [root] = spans;
  const to = root!.ended?.ts ?? last;
  const inside = told.filter(({ ts }) => ts >= root!.opened.ts && ts <= to);
  return inside.sort((a, b) => a.rank - b.rank)[0]?.title;
}
