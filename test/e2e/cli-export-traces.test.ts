import { MockOtlpServer } from "@elastic/mockotlpserver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliWorld, jsonLines } from "./support/cli-process.ts";
import { unpacked } from "./support/recordings.ts";

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly id?: string;
  readonly s?: string;
  readonly bp?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}
interface Flow {
  readonly id: string;
  readonly title: string;
}
interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
}
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Value }[];
}
interface Request {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

let world: CliWorld;
let phoenix: string;
beforeAll(async () => {
  world = await CliWorld.create({ epmdPort: 1 });
  phoenix = unpacked(world, "phoenix-1.8");
});
afterAll(() => world.remove());

async function exported(format: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(
    "export",
    "--format",
    format,
    "--recording",
    phoenix,
    ...args,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

const groups = <T>(items: readonly T[], key: (item: T) => string): readonly (readonly T[])[] => {
  const found = new Map<string, T[]>();
  for (const item of items) found.set(key(item), [...(found.get(key(item)) ?? []), item]);
  return [...found.values()];
};

describe("export --format perfetto", () => {
  let events: readonly TraceEvent[];
  const of = (ph: string, cat?: string): readonly TraceEvent[] =>
    events.filter((event) => event.ph === ph && (cat === undefined || event.cat === cat));
  beforeAll(async () => {
    events = (JSON.parse(await exported("perfetto")) as { traceEvents: readonly TraceEvent[] }).traceEvents;
  });

  it("is what the Trace Event Format says [export.perfetto]", () => {
    const wrong = events.filter(({ ph, name, pid, tid, ts, dur, id, s }) => {
      if (!Number.isInteger(pid) || !Number.isInteger(tid) || name === "") return true;
      if (ph === "M") return false;
      if (!(ts >= 0)) return true;
      if (ph === "X") return !(dur! >= 0);
      if (ph === "i") return !["g", "p", "t"].includes(s!);
      return ph === "C" ? false : !["s", "f", "b", "n", "e"].includes(ph) || id === undefined;
    });
    expect(wrong).toEqual([]);
    // Slices of a track lie beside or within each other.
    for (const track of groups(of("X"), ({ tid }) => String(tid))) {
      const open: TraceEvent[] = [];
      for (const slice of track.toSorted((a, b) => a.ts - b.ts || b.dur! - a.dur!)) {
        while (open.length > 0 && open.at(-1)!.ts + open.at(-1)!.dur! <= slice.ts) open.pop();
        const outer = open.at(-1);
        if (outer) expect(slice.ts + slice.dur!).toBeLessThanOrEqual(outer.ts + outer.dur! + 0.002);
        open.push(slice);
      }
    }
    for (const part of groups([...of("b"), ...of("e")], ({ id }) => id!))
      expect(part.map(({ ph }) => ph)).toEqual(["b", "e"]);
    for (const track of groups(
      events.filter(({ ph }) => ph !== "M" && ph !== "i"),
      ({ pid, tid }) => `${pid} ${tid}`,
    )) {
      const { pid, tid } = track[0]!;
      const names = of("M").filter((event) => event.pid === pid && (event.tid === tid || event.tid === 0));
      expect(names.map(({ name }) => name)).toEqual(expect.arrayContaining(["process_name", "thread_name"]));
    }
  });

  it("has callbacks, messages, samples and flows of the processes of applications [export.perfetto]", () => {
    const [worker] = of("M").filter(
      ({ name, args }) => name === "thread_name" && String(args!.name).startsWith("Hello.Counters.Worker"),
    );
    const [application] = of("M").filter(({ name, pid }) => name === "process_name" && pid === worker!.pid);
    expect(application!.args!.name).toBe(":hello_phoenix");
    const callbacks = of("X", "callback").filter(({ tid }) => tid === worker!.tid);
    expect(callbacks.map(({ name }) => name)).toContain("Hello.Counters.Worker.handle_call/3");
    const slices = groups(of("X"), ({ tid }) => String(tid));
    const arrows = groups([...of("s"), ...of("f")], ({ cat, id }) => `${cat} ${id}`);
    expect(arrows.length).toBeGreaterThan(100);
    for (const [from, to] of arrows) {
      expect([from!.ph, to!.ph, to!.bp]).toEqual(["s", "f", "e"]);
      for (const end of [from!, to!]) {
        const track = slices.find(([first]) => first!.tid === end.tid)!;
        expect(track.some(({ ts, dur }) => ts <= end.ts && end.ts <= ts + dur!)).toBe(true);
      }
    }
    expect(of("C", "memory").length).toBeGreaterThan(100);
    expect(of("b", "flow").map(({ name }) => name)).toContain("click increment on HelloWeb.CounterLive");
  });

  it("takes a process and kinds [export.choices]", async () => {
    const text = await exported("perfetto", "--process", "Hello.Counters.Worker", "--kind", "dispatch,state");
    const { traceEvents } = JSON.parse(text) as { traceEvents: readonly TraceEvent[] };
    expect(new Set(traceEvents.map(({ ph }) => ph))).toEqual(new Set(["X", "M"]));
    expect(new Set(traceEvents.filter(({ ph }) => ph === "X").map(({ tid }) => tid)).size).toBe(1);
  });
});

describe("export --format otlp", () => {
  const spansOf = (requests: readonly Request[]): readonly Span[] =>
    requests.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    );
  const attribute = ({ attributes }: Span, key: string): string | undefined =>
    attributes.find((one) => one.key === key)?.value.stringValue;

  it("makes a trace of each flow: who did what, below who caused it [export.otlp]", async () => {
    const requests = jsonLines<Request>(await exported("otlp"));
    const spans = spansOf(requests);
    const { stdout } = await world.run("flows", "--recording", phoenix, "--limit", "2000", "--json");
    const flows = jsonLines<Flow>(stdout);
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    const named = (id: string, name: string): string => `${id} ${name}`;
    expect(roots.map((root) => named(attribute(root, "elixirscope.flow")!, root.name)).sort()).toEqual(
      flows.map(({ id, title }) => named(id, title)).sort(),
    );
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    for (const span of spans) {
      expect([span.traceId, span.spanId]).toEqual([
        expect.stringMatching(/^[0-9a-f]{32}$/),
        expect.stringMatching(/^[0-9a-f]{16}$/),
      ]);
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    }
    for (const trace of groups(spans, ({ traceId }) => traceId)) {
      const ids = new Set(trace.map(({ spanId }) => spanId));
      expect(trace.filter(({ parentSpanId }) => parentSpanId === undefined)).toHaveLength(1);
      for (const { parentSpanId } of trace)
        if (parentSpanId !== undefined) expect(ids).toContain(parentSpanId);
    }
    // The click, from the socket to the LiveView to the worker.
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const click = spans.findLast(({ name }) => name === "call {:increment, 1}")!;
    const view = byId.get(click.parentSpanId!)!;
    expect(attribute(click, "beam.process.name")).toBe("Hello.Counters.Worker");
    expect(attribute(view, "beam.process.label")).toContain("HelloWeb.CounterLive");
    expect(byId.get(view.parentSpanId!)!.name).toBe("click increment on HelloWeb.CounterLive");
    // Ids are the same each time.
    expect(jsonLines<Request>(await exported("otlp"))).toEqual(requests);
  });

  it("sends them to a receiver, which reads them with the protocol's own definitions [export.otlp]", async () => {
    const received: Request[] = [];
    const server = new MockOtlpServer({
      logLevel: "fatal",
      services: ["http"],
      httpHostname: "127.0.0.1",
      httpPort: 0,
      onTrace: (request: unknown) => received.push(request as Request),
    });
    await server.start();
    try {
      const endpoint = server.httpUrl.href;
      const { code, stdout } = await world.run(
        "export",
        "--format",
        "otlp",
        "--recording",
        phoenix,
        "--endpoint",
        endpoint,
        "--json",
      );
      const sent = JSON.parse(stdout) as { flows: number };
      expect({ code, sent }).toEqual({
        code: 0,
        sent: { format: "otlp", out: endpoint, flows: expect.any(Number) },
      });
      const names = (requests: readonly Request[]): readonly string[] =>
        spansOf(requests).map(({ name }) => name);
      const lines = await exported("otlp");
      expect(names(received)).toEqual(names(jsonLines<Request>(lines)));
      // What goes into a file is what a receiver takes as JSON.
      received.length = 0;
      for (const body of lines.trim().split("\n")) {
        const answer = await fetch(new URL("/v1/traces", endpoint), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        expect(answer.status).toBe(200);
      }
      expect(names(received)).toEqual(names(jsonLines<Request>(lines)));
    } finally {
      await server.close();
    }
    // Of OpenTelemetry's own variables: how long it tries.
    world.env.OTEL_EXPORTER_OTLP_TIMEOUT = "200";
    const nobody = await world.run(
      "export",
      "--format",
      "otlp",
      "--recording",
      phoenix,
      "--endpoint",
      "http://127.0.0.1:1",
      "--json",
    );
    expect(nobody).toMatchObject({ code: 5, stdout: expect.stringContaining("CLI_ENDPOINT_FAILED") });
    const wrong = await world.run(
      "export",
      "--format",
      "otlp",
      "--recording",
      phoenix,
      "--endpoint",
      "collector",
    );
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("is no address") });
  });
});
