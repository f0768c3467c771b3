import type { Locator, Page } from "playwright-core";
import type { ShownRecording } from "./recording.ts";

/** A view of the UI on a recording of real Phoenix: where it is, and how one sees that all of it is there. */
export interface ShownView {
  /** The stop of the rail that leads to it. */
  readonly stop: string;
  /** Its path, with which of the things of the recording is open. */
  readonly path: (recording: ShownRecording) => string | Promise<string>;
  readonly ready: (page: Page) => Locator;
}

const list =
  (name: string) =>
  (page: Page): Locator =>
    page.getByRole("list", { name }).getByRole("listitem").first();

const counterLive = async (recording: ShownRecording): Promise<string> => {
  const { rows } = await recording.ask("liveViews", {});
  return rows.find(({ crashes }) => crashes > 0)!.id;
};

/** The click whose broadcast reached nobody. */
const brokenClick = async (recording: ShownRecording): Promise<string> =>
  (await recording.ask("flows", { entry: "click increment" })).rows[0]!.id;

export type ViewName =
  | "overview"
  | "timeline"
  | "processes-tree"
  | "processes-table"
  | "process"
  | "process-state"
  | "flows"
  | "flow"
  | "flow-tree"
  | "requests"
  | "request"
  | "liveviews"
  | "liveview"
  | "topics"
  | "broadcasts"
  | "node"
  | "events"
  | "event"
  | "query";

/** What the console for queries is asked. */
export const SQL = "SELECT kind, count(*) AS n FROM events_readable GROUP BY kind ORDER BY n DESC";

/** Every view. The rail is held against it: one that is not here fails the test. */
export const VIEWS: Readonly<Record<ViewName, ShownView>> = {
  overview: {
    stop: "Now",
    path: () => "/",
    ready: (page) => page.getByRole("region", { name: "Broadcasts that reached nobody" }),
  },
  timeline: {
    stop: "Timeline",
    path: () => "/timeline",
    ready: (page) => page.getByRole("tree", { name: "Tracks" }).getByRole("treeitem").first(),
  },
  "processes-tree": {
    stop: "Processes",
    path: () => "/processes",
    ready: (page) => page.getByRole("tree", { name: "Process tree" }).getByRole("treeitem").first(),
  },
  "processes-table": {
    stop: "Processes",
    path: () => "/processes?show=table",
    ready: (page) => page.getByRole("grid").getByRole("row").nth(1),
  },
  process: {
    stop: "Processes",
    path: () => "/processes/Hello.Counters.Worker",
    ready: (page) => page.getByRole("grid", { name: "Events" }).getByRole("row").first(),
  },
  "process-state": {
    stop: "Processes",
    path: () => "/processes/Hello.Counters.Worker?tab=state",
    ready: (page) => page.getByRole("tree", { name: "State" }).getByRole("treeitem").first(),
  },
  flows: { stop: "Flows", path: () => "/flows", ready: list("Flows") },
  flow: {
    stop: "Flows",
    path: async (recording) => `/flows/${await brokenClick(recording)}`,
    ready: (page) => page.getByRole("listbox", { name: "Sequence diagram" }).getByRole("option").first(),
  },
  "flow-tree": {
    stop: "Flows",
    path: async (recording) => `/flows/${await brokenClick(recording)}?as=tree`,
    ready: (page) => page.getByRole("button", { name: /reached nobody/ }),
  },
  requests: { stop: "Web", path: () => "/web/requests", ready: list("Requests") },
  request: {
    stop: "Web",
    path: async (recording) => {
      const { rows } = await recording.ask("requests", {});
      return `/web/requests/${rows.find(({ status }) => status === 500)!.id}`;
    },
    ready: list("Pipeline"),
  },
  liveviews: { stop: "Web", path: () => "/web/liveviews", ready: list("LiveViews") },
  liveview: {
    stop: "Web",
    path: async (recording) => `/web/liveviews/${await counterLive(recording)}`,
    ready: list("Steps"),
  },
  topics: { stop: "Web", path: () => "/web/topics", ready: list("Topics") },
  broadcasts: { stop: "Web", path: () => "/web/broadcasts", ready: list("Broadcasts") },
  node: {
    stop: "Node",
    path: () => "/inventory",
    ready: (page) => page.getByRole("table", { name: "Ports" }),
  },
  events: {
    stop: "Events",
    path: () => "/events",
    ready: (page) => page.getByRole("grid", { name: "Events" }).getByRole("row").first(),
  },
  event: {
    stop: "Events",
    path: async (recording) => {
      const { rows } = await recording.ask("broadcasts", { unheard: true });
      return `/events?sel=e-${rows[0]!.id}`;
    },
    ready: (page) =>
      page.getByRole("complementary", { name: "Inspector" }).getByText("counter:udpates").first(),
  },
  query: {
    stop: "Query",
    path: () => `/query?${new URLSearchParams({ sql: SQL }).toString()}`,
    ready: (page) => page.getByRole("grid", { name: "Result" }).getByRole("row").nth(1),
  },
};

export const VIEW_NAMES: readonly ViewName[] = Object.keys(VIEWS) as ViewName[];

/** Opens a view and waits until it is there. */
export async function openView(
  page: Page,
  recording: ShownRecording,
  name: ViewName,
  t?: number,
): Promise<void> {
  const view = VIEWS[name];
  const path = await view.path(recording);
  const at = t === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}t=${t}`;
  await page.goto(recording.at(at));
  await view.ready(page).waitFor();
}
