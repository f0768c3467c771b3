import type { FlowHop, FlowSpan, FlowStep } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { webOf } from "./flow-web.ts";

const step = (id: number, type: string): FlowStep => ({ id, type, text: `${type} ${id}` }) as FlowStep;
const span = (handle: string, steps: readonly FlowStep[], inner: readonly FlowSpan[] = []): FlowSpan =>
  ({
    process: { handle, label: `label of ${handle}` },
    steps,
    hops: inner.map((one) => ({ span: one }) as FlowHop),
  }) as unknown as FlowSpan;

it("finds requests and LiveViews in all parts of a flow, each once", () => {
  const root = span(
    "transport",
    [],
    [
      span("p-1", [step(7, "event"), step(8, "render")], [span("worker", [step(9, "state")])]),
      span("p-1", [step(10, "info")]),
      span("p-2", [step(11, "request"), step(12, "mount")]),
    ],
  );
  const { requests, liveViews } = webOf(root);
  expect(liveViews).toEqual([{ process: "p-1", label: "label of p-1" }]);
  // What a request mounts has no process of its own yet.
  expect(requests.map(({ id }) => id)).toEqual([11]);
  expect(webOf(span("worker", [step(1, "state")]))).toEqual({
    requests: [],
    liveViews: [],
  });
});
