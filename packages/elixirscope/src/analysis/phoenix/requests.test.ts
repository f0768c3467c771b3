import { atom, ErlangMap, encode, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import type { PhoenixEvent } from "./fields.ts";
import { requestsOf } from "./requests.ts";

const map = (fields: Readonly<Record<string, Term>>): ErlangMap =>
  new ErlangMap(Object.entries(fields).map(([key, value]) => [atom(key), value]));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

let id = 0;
const telemetry = (
  name: string,
  metadata: Readonly<Record<string, Term>>,
  duration?: number,
): PhoenixEvent => {
  const measured = map(duration === undefined ? {} : { duration });
  const payload = encode(
    tuple(
      name.split(".").map((part) => atom(part)),
      measured,
      map(metadata),
    ),
  ).subarray(1);
  id++;
  return { id, ts: BigInt(id) * 1_000_000n, kind: "telemetry", pid: 7, payload };
};

const conn = map({ method: text("GET"), request_path: text("/broken") });
const reason = map({ __struct__: atom("Elixir.RuntimeError"), message: text("broken") });
/** As the agent tells of a failure where the ends of requests are not told. */
const failure = (status: Term): PhoenixEvent =>
  telemetry("phoenix.error_rendered", {
    conn,
    kind: atom("error"),
    reason,
    status,
    endpoint: atom("not_told"),
  });
const drawn = (events: readonly PhoenixEvent[]): readonly unknown[] =>
  requestsOf(events).map(({ path, status, durationNs, error }) => [
    path,
    status,
    durationNs,
    error?.exception,
  ]);

it("makes a request of a failure whose request has no end in the record, with what its exception says of the status", () => {
  expect(drawn([failure(atom("EXIT")), failure(404)])).toEqual([
    ["/broken", 500, undefined, "Elixir.RuntimeError"],
    ["/broken", 404, undefined, "Elixir.RuntimeError"],
  ]);
});

it("makes one request of a failure that the record has both ways", () => {
  const start = telemetry("phoenix.endpoint.start", { conn });
  const stop = telemetry(
    "phoenix.endpoint.stop",
    { conn: map({ request_path: text("/broken"), status: 500 }) },
    5_000_000,
  );
  expect(drawn([start, failure(atom("EXIT")), stop])).toEqual([
    ["/broken", 500, 5_000_000, "Elixir.RuntimeError"],
  ]);
});
