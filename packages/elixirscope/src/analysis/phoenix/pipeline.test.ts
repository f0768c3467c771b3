import { atom, ErlangMap, encode, inspect, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { type PlugEvent, pipelinesOf, termPath } from "./pipeline.ts";

const map = (fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(fields).map(([key, value]) => [atom(key), value]));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** As payloads are: without the version byte. */
const bytes = (term: Term): Uint8Array => encode(term).subarray(1);
const mfa = (written: string): readonly [string, string] => {
  const [, module, name] = /^(.*)\.([^.]+)$/.exec(written)!;
  return [`Elixir.${module}`, name!];
};

/** `call|send|halt PLUG by CALLER assigns`, or `telemetry a.b.c [duration]`; a line a microsecond. */
function drawn(lines: string): readonly PlugEvent[] {
  return lines
    .trim()
    .split("\n")
    .map((line, i): PlugEvent => {
      const [what = "", name = "", , by = "", ...assigned] = line.trim().split(/\s+/);
      const base = { id: i + 1, ts: BigInt(i) * 1_000n, pid: 7 };
      if (what === "telemetry") {
        const measured = map({ duration: Number(by || 0) });
        const event = name.split(".").map((part) => atom(part));
        return { ...base, kind: "telemetry", payload: bytes(tuple(event, measured, map({}))) };
      }
      const [module, fun] = mfa(name);
      const [from, caller] = mfa(by);
      const router = assigned.includes("routed") ? { phoenix_router: atom("Elixir.Web.Router") } : {};
      const conn = map({
        assigns: new ErlangMap(assigned.map((key) => [atom(key), text(key)])),
        status: atom("nil"),
        phoenix_action: atom(fun === "action" || what === "send" ? "show" : "EXIT"),
        ...router,
      });
      const payload = bytes(tuple(atom(what), tuple(atom(from), atom(caller), 2), conn));
      return { ...base, kind: "plug", payload, plug: { module, function: fun } };
    });
}

const told = (lines: string): readonly string[] =>
  pipelinesOf(drawn(lines)).flatMap(({ steps }) =>
    steps.map((step) => {
      const changes = step.changes?.changes.map(
        ({ path, after }) => `${path}=${after ? inspect(after) : ""}`,
      );
      const marks = [step.sent && "sent", step.halted && "halted", step.failed && "failed"].filter(Boolean);
      const took = step.endedAt === undefined ? "?" : Number(step.endedAt - step.ts) / 1_000;
      return [
        `${"  ".repeat(step.depth)}${step.type} ${step.module.replace("Elixir.", "")}.${step.function}`,
        took,
        ...marks,
        ...(changes ?? []),
      ].join(" ");
    }),
  );

it("draws a request as the plugs that it went through, with what each made of the connection", () => {
  expect(
    told(`
      call Web.Endpoint.call by Bandit.Pipeline.call_plug!
      call Plug.Id.call by Web.Endpoint.plug_builder_call
      telemetry phoenix.endpoint.start
      call Web.Router.call by Web.Endpoint.plug_builder_call id
      call Web.Router.browser by Phoenix.Router.__call__ id routed
      call Web.User.call by Web.Router.browser id routed
      call Plug.Conn.fetch_session by Web.User.call id routed
      call Web.Router.locked by Web.Router.__pipe_through0__ id routed user
      call Web.PageController.call by Phoenix.Router.__call__ id routed user
      call Web.PageController.action by Web.PageController.phoenix_controller_pipeline id routed user
      send Plug.Conn.send_resp by Phoenix.Controller.render id routed user title
      telemetry phoenix.endpoint.stop
      telemetry phoenix.router_dispatch.stop
      telemetry bandit.request.stop`),
  ).toEqual([
    "endpoint Web.Endpoint.call 13",
    '  plug Plug.Id.call 2 .assigns.id="id"',
    '  router Web.Router.call 10 .assigns.routed="routed" .phoenix_router=Web.Router',
    "    pipeline Web.Router.browser 3",
    "      plug Web.User.call 2",
    '        plug Plug.Conn.fetch_session 1 .assigns.user="user"',
    "    pipeline Web.Router.locked 1",
    "    controller Web.PageController.call 4 .phoenix_action=:show",
    '      action Web.PageController.show 3 sent .assigns.title="title"',
  ]);
});

it("ends with the plug that halted", () => {
  expect(
    told(`
      call Web.Endpoint.call by Bandit.Pipeline.call_plug!
      call Web.Gate.call by Web.Endpoint.plug_builder_call
      send Plug.Conn.send_resp by Web.Gate.call
      halt Plug.Conn.halt by Web.Gate.call
      telemetry bandit.request.stop`),
  ).toEqual(["endpoint Web.Endpoint.call 4", "  plug Web.Gate.call 3 sent halted"]);
});

it.each([
  ["telemetry phoenix.router_dispatch.exception"],
  // Its page took two microseconds: what was sent in that time is the page, and no plug sent it.
  ["send Plug.Conn.send_resp by Phoenix.Controller.render\ntelemetry phoenix.error_rendered by 2000"],
])("names the plug that raised: %s", (end) => {
  expect(
    told(`
      call Web.Endpoint.call by Bandit.Pipeline.call_plug!
      call Web.Fine.call by Web.Endpoint.plug_builder_call
      call Web.Broken.call by Web.Endpoint.plug_builder_call
      telemetry my.own
      ${end}`),
  ).toEqual(["endpoint Web.Endpoint.call ?", "  plug Web.Fine.call 1", "  plug Web.Broken.call ? failed"]);
});

it("tells requests of one connection apart, also where the server does not say when one is over", () => {
  const one = `
    call Web.Endpoint.call by Server.run
    call Plug.Id.call by Web.Endpoint.plug_builder_call
    send Plug.Conn.send_resp by Plug.Id.call`;
  const found = pipelinesOf(drawn(`${one}\n${one.trim()}`));
  expect(found.map(({ steps }) => steps.map(({ depth }) => depth))).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

it("writes private fields as the connection has them", () => {
  expect([".phoenix_format", ".assigns.phoenix_x"].map(termPath)).toEqual([
    ".private.phoenix_format",
    ".assigns.phoenix_x",
  ]);
});
