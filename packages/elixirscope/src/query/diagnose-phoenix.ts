import type { BroadcastFact, JobFact, RepeatFact, RequestFact, UserEventFact } from "../analysis/index.ts";
import type { LiveViewAnswer, LiveViewStepRow, RequestRow } from "../protocol/index.ts";
import type { DiagnoseSources } from "./diagnose-sources.ts";

const BROADCASTS = 2_000;
const REQUESTS = 1_000;
const QUERIES = 100;
const LOOKED_AT = 200;
const LIVE_VIEWS = 10;
const USER_EVENTS = 500;

export async function broadcastFacts({
  phoenix,
  lookup,
}: DiagnoseSources): Promise<readonly BroadcastFact[]> {
  const { rows } = await phoenix.broadcasts({ limit: BROADCASTS });
  return rows.toReversed().map((row) => ({
    ...row,
    missed: row.elsewhere
      .filter(({ arrived }) => arrived === false)
      .map(({ node, name, subscribers }) => ({
        between: [lookup.nodeName(row.node), lookup.nodeName(node)] as const,
        name,
        subscribers,
      })),
  }));
}

export async function requestFacts({ phoenix }: DiagnoseSources): Promise<readonly RequestFact[]> {
  const { rows } = await phoenix.requests({ limit: REQUESTS });
  return rows.toReversed().map((row) => ({
    id: row.id,
    t: row.t,
    process: row.process,
    what: `${row.method} ${row.route ?? row.path}`,
    status: row.status,
    durationNs: row.durationNs,
    error: errorText(row),
    slowest: slowestOf(row),
  }));
}

export async function jobFacts({ phoenix }: DiagnoseSources): Promise<readonly JobFact[]> {
  const { rows } = await phoenix.jobs({ failed: true, limit: QUERIES });
  return rows.toReversed().map((row) => ({
    id: row.id,
    t: row.t,
    process: row.process,
    worker: row.worker,
    state: row.state,
    error: errorText(row) ?? row.state,
    insertedId: row.inserted?.id ?? null,
  }));
}

function errorText({ error }: Pick<RequestRow, "error">): string | null {
  if (!error) return null;
  const what = [error.exception ?? error.kind, error.message].filter((part) => part !== null).join(": ");
  const place = error.frames.find((frame) => frame.place !== "")?.place;
  return place === undefined ? what : `${what} (${place})`;
}

function slowestOf({ stages }: RequestRow): RequestFact["slowest"] {
  // What contains the others says nothing.
  const parts = stages.filter(({ name }) => name !== "server" && name !== "router" && name !== "endpoint");
  const [most] = parts.toSorted((a, b) => b.durationNs - a.durationNs);
  return most ? { id: most.id, what: `${most.name} ${most.what}`, durationNs: most.durationNs } : null;
}

export async function repeatFacts({ phoenix }: DiagnoseSources): Promise<readonly RepeatFact[]> {
  const { rows } = await phoenix.queries({ repeated: true, limit: QUERIES });
  return rows.flatMap(({ repeats }) =>
    repeats.map(({ work, ids, query, count, parameters, totalNs, place }) => ({
      ids,
      process: work.process,
      work: work.what,
      workId: work.id,
      query,
      count,
      parameters,
      totalNs,
      place,
    })),
  );
}

/** Clicks and other events of users, oldest first. */
export async function userEventFacts({ phoenix }: DiagnoseSources): Promise<readonly UserEventFact[]> {
  const { rows } = await phoenix.liveViews({ limit: LOOKED_AT });
  const found: UserEventFact[] = [];
  for (const { id } of rows.filter(({ events }) => events > 0).slice(0, LIVE_VIEWS))
    found.push(...userEvents(await phoenix.liveView({ liveView: id })));
  return found.toSorted((a, b) => a.t - b.t).slice(-USER_EVENTS);
}

const isEvent = ({ type }: LiveViewStepRow): boolean => type === "event" || type === "component_event";

function userEvents({ steps, view, assigns }: LiveViewAnswer): readonly UserEventFact[] {
  const starts = steps.flatMap((step, i) => (isEvent(step) ? [i] : []));
  return starts.map((start, k) => {
    const step = steps[start]!;
    const end = starts[k + 1] ?? steps.length;
    const until = steps.slice(start, end);
    const changed = [...new Set(until.flatMap((one) => one.assigns.map(({ key }) => key)))];
    const next = steps[end] ?? steps.slice(start + 1).find(({ type }) => type === "end" || type === "crash");
    return {
      id: step.id,
      // It is told of when its callback has returned.
      t: step.t - (step.durationNs ?? 0),
      process: step.process,
      view: view ?? step.process?.label ?? "a LiveView",
      name: step.type === "component_event" ? (step.name.split(" ").at(-1) ?? step.name) : step.name,
      flow: step.flow,
      failed: until.some(({ failed }) => failed),
      changed: assigns.length > 0 ? changed : null,
      pushes: until.filter(({ type }) => type === "push").map(({ id }) => id),
      infos: until.filter(({ type }) => type === "info").map(({ id }) => id),
      until: next?.t ?? null,
    };
  });
}
