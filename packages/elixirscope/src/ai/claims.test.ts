import { expect, it } from "vitest";
import { type CitedEvent, checkClaims } from "./claims.ts";
import { masked } from "./mask.ts";
import { modelName } from "./model-name.ts";

const EVENTS: ReadonlyMap<number, CitedEvent> = new Map([
  [
    12,
    {
      kind: "pubsub",
      text: 'pubsub Hello.Counters.Worker p-7 broadcast {:broadcast, Hello.PubSub, "counter:udpates", {:count, 7}}',
    },
  ],
  [30, { kind: "state", text: "state Hello.Counters.Worker %{count: 7, cents: 12_500}" }],
]);
const whys = (answer: string): readonly string[] => checkClaims(answer, EVENTS).map(({ why }) => why);

it("lets pass what the events hold, wherever the citation stands", () => {
  const answer = `The worker Hello.Counters.Worker broadcast {:count, 7} on "counter:udpates" [12].
- Its count was 7 and its cents 12,500. [30]`;
  expect(checkClaims(answer, EVENTS)).toEqual([
    {
      text: 'The worker Hello.Counters.Worker broadcast {:count, 7} on "counter:udpates".',
      evidence: [12],
      why: "",
    },
    { text: "Its count was 7 and its cents 12,500.", evidence: [30], why: "" },
  ]);
});

it("says why a sentence does not hold", () => {
  expect(whys("The counter is broken.")).toEqual(["It names no event."]);
  expect(whys("It broadcast [12, 99].")).toEqual(["There is no event 99."]);
  expect(whys("It broadcast 8 times [12].")).toEqual(["Its events do not have 8."]);
  expect(whys('It broadcast on "counter:updates" [12].')).toEqual([
    "Its events say nothing of counter:updates.",
  ]);
  expect(whys("Hello.Counters.Audit took it [12].")).toEqual([
    "Its events say nothing of Hello.Counters.Audit.",
  ]);
  expect(whys("It answered :error [30].")).toEqual(["Its events say nothing of :error."]);
  expect(whys("Hello.Counters.Worker was told by a broadcast [30].")).toEqual([
    "None of its events tells of such a thing (state).",
  ]);
});

it("overwrites secrets that a recording without redaction has", () => {
  const text = JSON.stringify({ text: '%{password: "s3cret", "token" => "abc", name: "ada"}', api_key: "k" });
  expect(masked(text)).toBe(
    JSON.stringify({
      text: '%{password: "********", "token" => "********", name: "ada"}',
      api_key: "********",
    }),
  );
});

it("knows where a model is by its name", () => {
  expect(modelName("anthropic/claude-sonnet-4-5")).toEqual({
    provider: "anthropic",
    model: "claude-sonnet-4-5",
  });
  expect(modelName("llama3@http://127.0.0.1:11434/v1")).toMatchObject({
    provider: "server",
    model: "llama3",
  });
  expect(() => modelName("gpt")).toThrow("is no model");
});
