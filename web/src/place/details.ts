import type { Stretch } from "../domain/timeline-window.ts";

/** One thing of which is asked what went wrong with it. */
export interface About {
  readonly type: "process" | "flow" | "request" | "liveView";
  readonly id: string;
}

/** What single views have besides; the URL has it only where the view is on screen. */
export interface Details {
  /** Of `query`: a question in SQL. */
  readonly sql?: string | undefined;
  /** Of `query`: what a question of the catalogue is given, by parameter, as it was typed. */
  readonly given?: Readonly<Record<string, string>> | undefined;
  /** Of `query`: the answer is drawn. */
  readonly drawn?: boolean | undefined;
  /** Of `performance`: only what was done for this flow. */
  readonly inFlow?: string | undefined;
  /** Of `performance`: names of the frames from the outermost to the one that fills the width. */
  readonly stack?: readonly string[] | undefined;
  /** Of `flow`: with its critical path. */
  readonly critical?: boolean | undefined;
  /** Of `timeline`: what is in sight; absent: all, or live the last minute. */
  readonly sight?: Stretch | undefined;
  /** Of a process's states: the version that is shown, and the one that it is compared with. */
  readonly version?: number | undefined;
  readonly base?: number | undefined;
  /** Of `ask`: the question; else what it is about, where that is not everything. */
  readonly question?: string | undefined;
  readonly about?: About | undefined;
}

const GIVEN = "in.";

/** What a URL says of these. */
export function parseDetails(params: URLSearchParams): Details {
  const given = Object.fromEntries(
    [...params].flatMap(([name, value]) =>
      name.startsWith(GIVEN) ? [[name.slice(GIVEN.length), value] as const] : [],
    ),
  );
  const stack = params.getAll("frame");
  const [from, to] = (params.get("sight") ?? "").split("_", 2).map(integer);
  const sql = params.get("sql");
  const inFlow = params.get("flow");
  const version = integer(params.get("version") ?? "");
  const base = integer(params.get("base") ?? "");
  return {
    ...(sql !== null && { sql }),
    ...(Object.keys(given).length > 0 && { given }),
    ...(params.get("drawn") === "1" && { drawn: true }),
    ...(inFlow && { inFlow }),
    ...(stack.length > 0 && { stack }),
    ...(params.get("critical") === "1" && { critical: true }),
    ...(from !== undefined && to !== undefined && from < to && { sight: { from, to } }),
    ...(version !== undefined && { version }),
    ...(base !== undefined && { base }),
    ...(params.get("question") && { question: params.get("question") ?? "" }),
    ...aboutOf(params.get("about") ?? ""),
  };
}

/** Writes those of one view. */
export function putDetails(params: URLSearchParams, view: string, tab: string, details: Details): void {
  const { sql, given, drawn, inFlow, stack, critical, sight, version, base, question, about } = details;
  const put = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== "") params.set(name, String(value));
  };
  if (view === "query") {
    put("sql", sql);
    for (const [name, value] of Object.entries(given ?? {})) put(GIVEN + name, value);
    if (drawn) put("drawn", 1);
  }
  if (view === "performance") {
    put("flow", inFlow);
    for (const name of stack ?? []) params.append("frame", name);
  }
  if (view === "flow" && critical) put("critical", 1);
  if (view === "timeline" && sight) put("sight", `${Math.round(sight.from)}_${Math.round(sight.to)}`);
  if (view === "process" && tab === "state") {
    put("version", version);
    put("base", base);
  }
  if (view === "ask") {
    put("question", question);
    put("about", about && `${about.type}:${about.id}`);
  }
}

/** `flow:f-3` */
function aboutOf(text: string): Pick<Details, "about"> {
  const [, type, id] = /^(process|flow|request|liveView):(.{1,512})$/.exec(text) ?? [];
  return type === undefined || id === undefined ? {} : { about: { type: type as About["type"], id } };
}

const integer = (text: string): number | undefined => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined);
