import type { Locator, Page } from "playwright-core";
import { ShownRecording } from "./recording.ts";

/** Recordings that the views are shown of: real Phoenix, and a shop on Ecto and Oban. */
export type RecordingName = "phoenix-1.8" | "ecto";

/** A view of the UI on a recording: where it is, and how one sees that all of it is there. */
export interface ShownView {
  /** Whose recording has something for it; real Phoenix, where nothing is said. */
  readonly recording?: RecordingName;
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
  | "process-life"
  | "flows"
  | "flow"
  | "flow-tree"
  | "requests"
  | "request"
  | "liveviews"
  | "liveview"
  | "channels"
  | "presence"
  | "topics"
  | "broadcasts"
  | "queries"
  | "jobs"
  | "contexts"
  | "code"
  | "performance"
  | "performance-hot"
  | "performance-waits"
  | "node"
  | "events"
  | "event"
  | "query"
  | "ask"
  | "ask-answer"
  | "bookmarks";

/** What the console for queries is asked. */
export const SQL = "SELECT kind, count(*) AS n FROM events_readable GROUP BY kind ORDER BY n DESC";

/** What the record of the counter is asked. */
export const QUESTION = "Why didn't the counter update when I clicked increment?";

/** Every view. The rail and the choices within views are held against it: one that is not here fails the test. */
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
  "process-life": {
    stop: "Processes",
    path: () => "/processes/Hello.Counters.Worker?tab=life",
    ready: (page) => page.getByRole("table", { name: "Callbacks" }).getByRole("row").nth(1),
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
  channels: { stop: "Web", path: () => "/web/channels", ready: list("Channels") },
  presence: { stop: "Web", path: () => "/web/presence", ready: list("Presence") },
  topics: { stop: "Web", path: () => "/web/topics", ready: list("Topics") },
  broadcasts: { stop: "Web", path: () => "/web/broadcasts", ready: list("Broadcasts") },
  queries: { recording: "ecto", stop: "Web", path: () => "/web/queries", ready: list("Queries") },
  jobs: { recording: "ecto", stop: "Web", path: () => "/web/jobs", ready: list("Jobs") },
  // With contexts in it: ui-contexts.test.ts. What a recording without them says is here.
  contexts: { stop: "Web", path: () => "/web/contexts", ready: (page) => page.getByText("No context") },
  code: { stop: "Code", path: () => "/code", ready: list("Modules") },
  performance: {
    stop: "Perf",
    path: () => "/performance/flame",
    ready: (page) => page.getByRole("tree", { name: "Frames" }).getByRole("treeitem").first(),
  },
  "performance-hot": {
    stop: "Perf",
    path: () => "/performance/hot",
    ready: (page) => page.getByRole("table", { name: "Hot functions" }).getByRole("row").nth(1),
  },
  "performance-waits": {
    stop: "Perf",
    path: () => "/performance/waits",
    ready: (page) => page.getByRole("table", { name: "Waiting and work" }).getByRole("row").nth(1),
  },
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
  ask: { stop: "Ask", path: () => "/ask", ready: list("Findings") },
  bookmarks: { stop: "Marks", path: () => "/bookmarks", ready: (page) => page.getByText("No bookmarks") },
  "ask-answer": {
    stop: "Ask",
    path: () => `/ask?${new URLSearchParams({ question: QUESTION }).toString()}`,
    ready: (page) => page.getByRole("region", { name: "Answer" }).getByText("counter:udpates").first(),
  },
};

/** Views that are several: the choice that leads from one to the other, and which of them a path is. */
export const CHOICES: readonly {
  readonly open: ViewName;
  readonly label: string;
  readonly of: (path: string) => string | undefined;
}[] = [
  { open: "requests", label: "What to show", of: (path) => /^\/web\/(\w+)/.exec(path)?.[1] },
  { open: "performance", label: "What to see", of: (path) => /^\/performance\/(\w+)/.exec(path)?.[1] },
  {
    open: "process",
    label: "Show",
    of: (path) => (path.startsWith("/processes/") ? (/tab=(\w+)/.exec(path)?.[1] ?? "events") : undefined),
  },
  {
    open: "processes-tree",
    label: "Show as",
    of: (path) => (/^\/processes(?!\/)/.test(path) ? (/show=(\w+)/.exec(path)?.[1] ?? "tree") : undefined),
  },
  {
    open: "flow",
    label: "Show as",
    of: (path) => (path.startsWith("/flows/") ? (/as=(\w+)/.exec(path)?.[1] ?? "diagram") : undefined),
  },
];

export const VIEW_NAMES: readonly ViewName[] = Object.keys(VIEWS) as ViewName[];

/** The recordings of the views, each shown by a command of its own. */
export class ShownRecordings {
  readonly #shown: ReadonlyMap<RecordingName, ShownRecording>;

  private constructor(shown: ReadonlyMap<RecordingName, ShownRecording>) {
    this.#shown = shown;
  }

  static async open(): Promise<ShownRecordings> {
    const [phoenix, ecto] = await Promise.all([
      ShownRecording.open("phoenix-1.8"),
      ShownRecording.open("ecto"),
    ]);
    return new ShownRecordings(
      new Map<RecordingName, ShownRecording>([
        ["phoenix-1.8", phoenix],
        ["ecto", ecto],
      ]),
    );
  }

  /** The one that a view is shown of. */
  of(name: ViewName): ShownRecording {
    return this.#shown.get(VIEWS[name].recording ?? "phoenix-1.8")!;
  }

  /** The path of a view, at an instant where one is given. */
  async path(name: ViewName, t?: number): Promise<string> {
    const path = await VIEWS[name].path(this.of(name));
    return t === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}t=${t}`;
  }

  /** Opens a view, at an instant where one is given, and waits until it is there, or what `ready` says. */
  async show(page: Page, name: ViewName, t?: number, ready: ViewName = name): Promise<void> {
    await this.of(name).visit(page, await this.path(name, t));
    await VIEWS[ready].ready(page).waitFor();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#shown.values()].map((recording) => recording.close()));
  }
}
