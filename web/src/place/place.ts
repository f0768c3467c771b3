import { isKind, type Kind } from "../domain/kinds.ts";
import { type Details, parseDetails, putDetails } from "./details.ts";

/** One of the views of the rail. A process's page is the view `process` with its handle or pid, a flow's is `flow`. */
export type View =
  | "overview"
  | "processes"
  | "process"
  | "flows"
  | "flow"
  | "web"
  | "events"
  | "inventory"
  | "timeline"
  | "query"
  | "performance"
  | "code"
  | "ask"
  | "bookmarks";

/** One thing on screen that everything else turns to. */
export type Selection =
  | { readonly type: "event"; readonly id: number }
  | { readonly type: "process"; readonly process: string };

/** Which events are looked at; what is absent does not restrict. */
export interface Filters {
  readonly kinds?: readonly Kind[];
  readonly process?: string;
  readonly mfa?: string;
  readonly tag?: string;
  /** Instants in nanoseconds since the recording's origin, inclusive. */
  readonly from?: number;
  readonly to?: number;
}

export type ProcessTab = "events" | "state" | "life";
/** Sides of the view `web`: what there is of Phoenix. */
export type WebSection =
  | "requests"
  | "liveviews"
  | "channels"
  | "presence"
  | "topics"
  | "broadcasts"
  | "queries"
  | "jobs"
  | "contexts";
const WEB_SECTIONS: readonly WebSection[] = [
  "requests",
  "liveviews",
  "channels",
  "presence",
  "topics",
  "broadcasts",
  "queries",
  "jobs",
  "contexts",
];
/** How a flow is drawn. */
type FlowMode = "diagram" | "tree";
type ProcessMode = "tree" | "table";
type Liveness = "alive" | "all" | "dead";
export type SortKey = "memory" | "mailbox" | "reductions" | "label" | "pid" | "spawned";

/** How the processes view is set up. */
export interface ProcessOptions {
  readonly mode: ProcessMode;
  readonly search: string;
  readonly liveness: Liveness;
  readonly sort: SortKey;
  readonly order: "asc" | "desc";
}

/** Everything on screen is a function of this and the recording. */
export interface Place {
  readonly view: View;
  /** Of the view `process`: handle, pid or name. */
  readonly process: string | undefined;
  /** Of the view `process`: which side of it. */
  readonly tab: ProcessTab;
  /** Of the view `web`. */
  readonly section: WebSection;
  /** Of the view `flow`. */
  readonly flowMode: FlowMode;
  /**
   * The one thing that is open: of `flow` its id, of `web` the request, LiveView, channel, topic, query, job or context, of `query` the
   * question's name, of `performance` the side, of `code` the module.
   */
  readonly item: string | undefined;
  /** Of the view `code`: a line, or a function (`add/2`) whose line is looked up. */
  readonly line: number | string | undefined;
  /** The instant that is looked at; `live` is the cursor pinned to now. */
  readonly cursor: number | "live";
  /** Only of this node, where the recording has several. */
  readonly node: string | undefined;
  readonly selection: Selection | undefined;
  readonly filters: Filters;
  readonly processes: ProcessOptions;
  readonly details: Details;
}

const DEFAULT_PROCESSES: ProcessOptions = {
  mode: "tree",
  search: "",
  liveness: "alive",
  sort: "memory",
  order: "desc",
};

/** Where somebody starts. */
export const HOME: Place = {
  view: "overview",
  process: undefined,
  tab: "events",
  section: "requests",
  flowMode: "diagram",
  item: undefined,
  line: undefined,
  cursor: "live",
  node: undefined,
  selection: undefined,
  filters: {},
  processes: DEFAULT_PROCESSES,
  details: {},
};

/** Reads a place from a path and a query; what makes no sense in it is left out. */
export function parsePlace(path: string, query: string): Place {
  const params = new URLSearchParams(query);
  const [, first = "", second, third] = path.split("/");
  const process = first === "processes" && second ? decoded(second) : undefined;
  const item = WITH_ITEM.has(first) ? second : first === "web" ? third : undefined;
  return {
    view: process ? "process" : first === "flows" && item ? "flow" : viewOf(first),
    section: first === "web" ? oneOf(second ?? null, WEB_SECTIONS, HOME.section) : HOME.section,
    flowMode: oneOf(params.get("as"), ["diagram", "tree"], HOME.flowMode),
    item: item ? decoded(item) : undefined,
    line: item && first === "code" ? lineOf(params.get("line")) : undefined,
    process,
    tab: oneOf(params.get("tab"), ["events", "state", "life"], HOME.tab),
    cursor: integer(params.get("t")) ?? "live",
    node: params.get("node") || undefined,
    selection: selectionOf(params.get("sel") ?? ""),
    filters: filtersOf(params),
    processes: {
      mode: oneOf(params.get("show"), ["tree", "table"], DEFAULT_PROCESSES.mode),
      search: params.get("q") ?? "",
      liveness: oneOf(params.get("live"), ["alive", "all", "dead"], DEFAULT_PROCESSES.liveness),
      sort: oneOf(
        params.get("sort"),
        ["memory", "mailbox", "reductions", "label", "pid", "spawned"],
        DEFAULT_PROCESSES.sort,
      ),
      order: oneOf(params.get("order"), ["asc", "desc"], DEFAULT_PROCESSES.order),
    },
    details: parseDetails(params),
  };
}

/** Path and query of a place; `parsePlace` reads them back. Defaults are left out, so that a plain place has a plain URL. */
export function formatPlace(place: Place): string {
  const params = new URLSearchParams();
  const put = (key: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== "") params.set(key, String(value));
  };
  const { filters, processes } = place;
  put("kinds", filters.kinds?.join(","));
  put("process", filters.process);
  put("mfa", filters.mfa);
  put("tag", filters.tag);
  put("from", filters.from);
  put("to", filters.to);
  if (place.view === "processes") {
    for (const [param, key] of OPTION_PARAMS) {
      if (processes[key] !== DEFAULT_PROCESSES[key]) put(param, processes[key]);
    }
  }
  if (place.view === "process" && place.tab !== HOME.tab) put("tab", place.tab);
  if (place.view === "flow" && place.flowMode !== HOME.flowMode) put("as", place.flowMode);
  putDetails(params, place.view, place.tab, place.details);
  if (place.view === "code" && place.item !== undefined) put("line", place.line);
  put("t", place.cursor === "live" ? undefined : Math.round(place.cursor));
  put("node", place.node);
  put("sel", place.selection && formatSelection(place.selection));
  const query = params.toString();
  return query ? `${pathOf(place)}?${query}` : pathOf(place);
}

const OPTION_PARAMS: readonly (readonly [string, keyof ProcessOptions])[] = [
  ["show", "mode"],
  ["q", "search"],
  ["live", "liveness"],
  ["sort", "sort"],
  ["order", "order"],
];

/** How many filters are set: what "clear" would drop. */
export const filterCount = (filters: Filters): number =>
  [filters.kinds, filters.process, filters.mfa, filters.tag, filters.from ?? filters.to].filter(
    (value) => value !== undefined,
  ).length;

function pathOf(place: Place): string {
  if (place.view === "overview") return "/";
  if (place.view === "process") return `/processes/${encodeURIComponent(place.process ?? "")}`;
  if (place.view === "flow") return `/flows/${encodeURIComponent(place.item ?? "")}`;
  if (place.view === "web")
    return `/web/${place.section}${place.item === undefined ? "" : `/${encodeURIComponent(place.item)}`}`;
  if (WITH_ITEM.has(place.view) && place.item !== undefined)
    return `/${place.view}/${encodeURIComponent(place.item)}`;
  return `/${place.view}`;
}

/** Views whose path ends with their item. */
const WITH_ITEM: ReadonlySet<string> = new Set(["flows", "query", "performance", "code"]);

const viewOf = (segment: string): View =>
  oneOf(
    segment,
    [
      "processes",
      "flows",
      "web",
      "events",
      "inventory",
      "timeline",
      "query",
      "performance",
      "code",
      "ask",
      "bookmarks",
    ] as const,
    "overview",
  );

function filtersOf(params: URLSearchParams): Filters {
  const kinds = params.get("kinds")?.split(",").filter(isKind);
  const from = integer(params.get("from"));
  const to = integer(params.get("to"));
  return {
    ...(kinds && kinds.length > 0 && { kinds }),
    ...textParam(params, "process"),
    ...textParam(params, "mfa"),
    ...textParam(params, "tag"),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

function textParam(params: URLSearchParams, key: "process" | "mfa" | "tag"): Partial<Filters> {
  const value = params.get(key);
  return value ? { [key]: value } : {};
}

const formatSelection = (selection: Selection): string =>
  selection.type === "event" ? `e-${selection.id}` : selection.process;

function selectionOf(text: string): Selection | undefined {
  if (text === "") return undefined;
  const event = /^e-(\d+)$/.exec(text);
  return event ? { type: "event", id: Number(event[1]) } : { type: "process", process: text };
}

function integer(text: string | null): number | undefined {
  return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** `12`, or `add/2`. */
function lineOf(text: string | null): number | string | undefined {
  if (text === null) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  return /^\S{1,250}\/\d{1,3}$/.test(text) ? text : undefined;
}

const oneOf = <T extends string>(text: string | null, values: readonly T[], otherwise: T): T =>
  values.find((value) => value === text) ?? otherwise;

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
