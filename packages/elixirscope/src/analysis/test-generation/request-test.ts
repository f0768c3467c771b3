import { ErlangMap, type Term } from "@elixirscope/etf";
import { bytesKey } from "../message-pairing.ts";
import { holdsCut } from "../term-diff.ts";
import { Lines } from "./assertions.ts";
import type { WrittenTest } from "./recorded-step.ts";
import { flat, scalar } from "./source-expression.ts";
import { TermWriter, Unwritable } from "./term-writer.ts";
import type { TestModule } from "./test-module.ts";
import { Names, Variables } from "./variables.ts";
import { endpointOf, headOfWeb, holdsSecret, moduleText, stringText, withoutOwn } from "./web-module.ts";

/** An HTTP request as it was recorded. Modules are atoms' names. */
export interface RecordedRequest {
  readonly event: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number | undefined;
  readonly route: string | undefined;
  readonly controller: string | undefined;
  readonly action: string | undefined;
  readonly liveView: string | undefined;
  readonly format: string | undefined;
  /** Of path, query and body together. */
  readonly params: Term | undefined;
  /** Was something raised, so that an error page came? */
  readonly raised: boolean;
  readonly endpoint: string | undefined;
  /** Where it was sent on to. */
  readonly location: string | undefined;
}

const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]);
/** Longest parameters that stand in the call. */
const PARAMS = 40;
/** Longest address that does. */
const PATH = 30;

/** A request of `Phoenix.ConnTest`, with the answer's status, handler, format and redirection. @throws Unwritable */
export function requestTest(request: RecordedRequest): TestModule {
  const handler = request.controller ?? request.liveView;
  if (handler === undefined)
    throw new Unwritable(
      "Which controller or LiveView served it is not recorded: a file, a page that was not found, or another framework.",
    );
  if (request.status === undefined) throw new Unwritable("Its end is not recorded.");
  return {
    name: `${moduleText(handler)}.RecordedTest`,
    comments: [],
    head: headOfWeb(request.endpoint ?? endpointOf(handler), ["Phoenix.ConnTest"]),
    tests: [written(request)],
    helpers: [],
  };
}

function written(request: RecordedRequest): WrittenTest {
  const { event, method, path, status, raised } = request;
  if (!METHODS.has(method)) throw new Unwritable(`Phoenix.ConnTest has no ${method}.`);
  const body = new Lines(new Names());
  const params = paramsText(request, body);
  const address = body.short(
    "path",
    scalar(stringText(request.query === "" ? path : `${path}?${request.query}`)),
    PATH,
  );
  const call = `${method.toLowerCase()}(build_conn(), ${[address, ...params].join(", ")})`;
  if (raised) body.add(`assert_error_sent ${status}, fn -> ${call} end`);
  else answered(request, call, body);
  return {
    group: `${method} ${request.route ?? path}`,
    name: `answers ${status} (event ${event})`,
    events: [event],
    comments: ["The body of the answer is not recorded."],
    lines: body.lines,
  };
}

function answered(
  { status, controller, action, liveView, format, location }: RecordedRequest,
  call: string,
  body: Lines,
): void {
  body.add(`conn = ${call}`);
  body.add(`assert conn.status == ${status}`);
  if (location !== undefined && status! >= 300 && status! < 400)
    body.equals(`redirected_to(conn, ${status})`, scalar(stringText(location)));
  if (liveView !== undefined)
    body.add(`assert elem(conn.private.phoenix_live_view, 0) == ${moduleText(liveView)}`);
  else if (controller !== undefined) {
    body.add(`assert Phoenix.Controller.controller_module(conn) == ${moduleText(controller)}`);
    if (action !== undefined)
      body.add(`assert Phoenix.Controller.action_name(conn) == ${moduleText(action)}`);
  }
  if (format !== undefined) body.add(`assert Phoenix.Controller.get_format(conn) == ${stringText(format)}`);
}

/** What came in the body: without what the address says. */
function paramsText(request: RecordedRequest, body: Lines): readonly string[] {
  const { method, params, route = "", query } = request;
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return [];
  if (!(params instanceof ErlangMap))
    throw new Unwritable("Its parameters are not recorded: that takes the level flows.");
  const told = new Set([
    ...[...route.matchAll(/[:*](\w+)/g)].map(([, name]) => name),
    ...query.split("&").map((pair) => decodeURIComponent(pair.split("=")[0] ?? "")),
  ]);
  const sent = new ErlangMap(
    withoutOwn(params).entries.filter(([key]) => !(key instanceof Uint8Array && told.has(bytesKey(key)))),
  );
  if (sent.entries.length === 0) return [];
  if (holdsCut(sent)) throw new Unwritable("A part of its parameters was too large to be recorded.");
  if (holdsSecret(sent))
    throw new Unwritable(
      "Its parameters have secrets, which are overwritten in a recording: the answer would be another one.",
    );
  const writer = new TermWriter(new Variables(new Names(), () => undefined), 0n);
  const expression = writer.given(sent);
  return [flat(expression).length <= PARAMS ? flat(expression) : body.short("params", expression, 0)];
}
