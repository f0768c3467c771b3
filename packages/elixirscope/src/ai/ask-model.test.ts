import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type OpenRecording, openRecording } from "../engine/testing-recording.ts";
import type { AskAnswer, BroadcastRow } from "../protocol/index.ts";
import { askModel, type ModelAnswer } from "./ask-model.ts";

// The model is played by a server of OpenAI's protocol that says what the test has it say; all else is as it is.

const QUESTION = "Why didn't the counter update when I clicked increment?";

/** What came, and what is answered to each request, one after the other. */
let asked: string[];
let script: (string | { readonly tool: string; readonly input: unknown } | { readonly status: number })[];
let server: Server;
let model: string;
let recording: OpenRecording;
let alone: AskAnswer;
let unheard: BroadcastRow;

beforeAll(async () => {
  recording = await openRecording("phoenix-1.8");
  alone = await recording.engine.call("ask", { question: QUESTION });
  const { rows } = await recording.engine.call("broadcasts", { unheard: true });
  unheard = rows[0]!;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      asked.push(`${request.headers.authorization ?? ""} ${body}`);
      const next = script.shift();
      // Nothing left to say: the answer never comes.
      if (next === undefined) return;
      const [status, answer] = played(next);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  model = `played@http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await recording.close();
});
beforeEach(() => {
  asked = [];
});

function played(next: (typeof script)[number]): readonly [number, unknown] {
  if (typeof next === "object" && "status" in next) return [next.status, { error: { message: "no" } }];
  const message =
    typeof next === "string"
      ? { role: "assistant", content: next }
      : {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "1",
              type: "function",
              function: { name: next.tool, arguments: JSON.stringify(next.input) },
            },
          ],
        };
  const reason = typeof next === "string" ? "stop" : "tool_calls";
  return [
    200,
    { id: "1", created: 1, model: "played", choices: [{ index: 0, message, finish_reason: reason }] },
  ];
}

const ask = (timeoutMs = 60_000, name = model, env: NodeJS.ProcessEnv = {}): Promise<ModelAnswer> =>
  askModel(recording.engine, { question: QUESTION, model: name, alone, env, timeoutMs });

describe("a model that asks the record", () => {
  it("is told what the detectors say, asks by tools, and what its events hold is let through", async () => {
    const said = `Hello.Counters.Worker broadcast on "${unheard.topic}" [${unheard.id}].`;
    script = [{ tool: "broadcasts", input: { unheard: true } }, said];
    const { claims, asked: questions } = await ask(60_000, model, { ELIXIRSCOPE_MODEL_KEY: "k-1" });
    expect(questions).toBe(1);
    expect(claims).toEqual([{ text: said.replace(` [${unheard.id}]`, ""), evidence: [unheard.id], why: "" }]);
    expect(asked[0]).toContain("Bearer k-1 ");
    expect(asked[0]).toContain(QUESTION);
    expect(asked[0]).toContain("nobody is subscribed to");
    // The second time it has the answer of the record.
    expect(asked[1]).toContain("reached nobody");
  });

  it("is not believed: a wrong event, an invented number, a name of elsewhere, no event at all", async () => {
    const id = unheard.id;
    script = [
      `It broadcast on "${unheard.topic}" [99999999]. It did so 4711 times [${id}]. Hello.Repo heard it [${id}]. So the page stayed as it was.`,
    ];
    const { claims } = await ask();
    expect(claims.map(({ why }) => why)).toEqual([
      "There is no event 99999999.",
      "Its events do not have 4711.",
      "Its events say nothing of Hello.Repo.",
      "It names no event.",
    ]);
  });

  it("asks wrongly and is told so", async () => {
    script = [{ tool: "event", input: { id: 99_999_999 } }, "I do not know."];
    await ask();
    expect(asked[1]).toContain("There is no event 99999999 in this recording");
  });
});

describe("a model that does not answer", () => {
  it("in time", async () => {
    script = [];
    await expect(ask(300)).rejects.toMatchObject({ code: "AI_TIMEOUT" });
  });

  it("without a key, or with a wrong one", async () => {
    script = [{ status: 401 }];
    await expect(ask()).rejects.toMatchObject({ code: "AI_REFUSED" });
    await expect(ask(1_000, "anthropic/some")).rejects.toMatchObject({ code: "AI_NO_KEY" });
    await expect(ask(1_000, "some")).rejects.toMatchObject({ code: "AI_BAD_MODEL" });
    // Nothing went anywhere.
    expect(asked).toHaveLength(1);
  });

  it("since its server fails, or is not there", async () => {
    script = [{ status: 500 }];
    await expect(ask()).rejects.toMatchObject({ code: "AI_FAILED" });
    await expect(ask(10_000, "some@http://127.0.0.1:1/v1")).rejects.toMatchObject({ code: "AI_FAILED" });
  });
});
