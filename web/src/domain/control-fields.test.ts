import type { NodeControl } from "elixirscope/protocol";
import { expect, it } from "vitest";
import { controlInput, fieldsOf } from "./control-fields.ts";
import { isLimited, loweredWords, outcomeWords } from "./control-text.ts";

const control: NodeControl = {
  inForce: "messages",
  loweredBy: null,
  scope: { apps: ["shop", "shop_web"], except: ["Shop.Poller"] },
  sample: { processes: 0.1, everyNthFlow: 10, toldPerSecond: 500 },
  budget: { eventsPerSecond: 50_000, bytesPerSecond: 10_485_760, memoryBytes: 33_554_432, cpuPercent: 5 },
  droppedByCause: {},
  sampledOut: 0,
};

it("shows what is set, and asks for the same when nothing is changed", () => {
  const fields = fieldsOf(control);
  expect(fields).toMatchObject({
    apps: "shop, shop_web",
    share: "10",
    flows: "10",
    told: "500",
    megabytes: "10",
    memory: "32",
    under: "",
  });
  expect(controlInput(fields)).toMatchObject({
    ...control.scope,
    sample: control.sample,
    budget: control.budget,
  });
});

it("says what is wrong with a figure", () => {
  const fields = fieldsOf(control);
  expect(controlInput({ ...fields, share: "0" })).toBe("% of processes: a number from 0.01 to 100.");
  expect(controlInput({ ...fields, memory: "65" })).toBe("MB in the node: a number from 1 to 64.");
  expect(controlInput({ ...fields, events: "many" })).toMatch(/^Events\/s: /);
  expect(controlInput({ ...fields, flows: "0" })).toBe("Every n-th flow: a number from 1 to 1000000.");
  expect(controlInput({ ...fields, told: "-1" })).toMatch(/^Told\/s: /);
});

it("tells that a lower level is in force, and what was left out", () => {
  expect(loweredWords({ level: "messages", control })).toBeUndefined();
  expect(
    loweredWords({ level: "messages", control: { ...control, inForce: "observe", loweredBy: "cpu" } }),
  ).toMatch(/^Only observe is recorded now, not messages: more of a scheduler/);
  expect(
    loweredWords({ level: "calls", control: { ...control, inForce: "off", loweredBy: "breaker" } }),
  ).toMatch(/^Nothing is recorded now, not calls/);
  expect(outcomeWords(control)).toBe("0 left out by sampling · nothing dropped");
  expect(outcomeWords({ ...control, sampledOut: 1_234, droppedByCause: { budget: 5 } })).toBe(
    "1,234 left out by sampling · 5 dropped (A lower level was in force)",
  );
  expect(isLimited(control)).toBe(true);
  expect(isLimited({ ...control, scope: {}, sample: {}, budget: {} })).toBe(false);
});
