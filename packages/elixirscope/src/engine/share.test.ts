import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventChoice, Input, MethodName, Output } from "../protocol/index.ts";
import { Engine } from "./engine.ts";
import { type Shared, shareRecording } from "./share.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

const QUESTION = "Why didn't the counter update when I clicked increment?";

let recording: OpenRecording;
let folder: string;
let made = 0;
beforeAll(async () => {
  recording = await openRecording("phoenix-1.8");
  folder = mkdtempSync(join(tmpdir(), "share-"));
  const { engine } = recording;
  await engine.call("addBookmark", { on: { type: "event", id: 12_430 }, text: "nobody hears Hello" });
  const { rows } = await engine.call("events", { kinds: ["send"], order: "oldest_first", limit: 1 });
  await engine.call("addBookmark", { on: { type: "event", id: rows[0]!.id }, text: "at the start" });
});
afterAll(async () => {
  await recording.close();
  rmSync(folder, { recursive: true });
});

const asked = <M extends MethodName>(method: M, input: Input<M>): Promise<Output<M>> =>
  recording.engine.call(method, input);

async function shared(
  choice: EventChoice,
  hidden: readonly string[] = [],
): Promise<{ readonly result: Shared; readonly engine: Engine }> {
  const out = join(folder, `${++made}.esrec`);
  const job = { recording: recording.file, out, choice, words: [], hidden, version: "0.0.0" };
  const result = await shareRecording({ ...job, onProgress: () => undefined });
  return { result, engine: await Engine.start({ version: "0.0.0", open: out }) };
}

describe("a recording that is given away whole", () => {
  it("answers as the one that it is of, event by event, with its bookmarks", async () => {
    const { result, engine } = await shared({});
    const limit = 10_000;
    expect(await engine.call("events", { limit })).toEqual(await asked("events", { limit }));
    expect(await engine.call("ask", { question: QUESTION })).toEqual(
      await asked("ask", { question: QUESTION }),
    );
    expect(await engine.call("tree", {})).toMatchObject({ roots: (await asked("tree", {})).roots });
    expect(await engine.call("bookmarks", {})).toEqual(await asked("bookmarks", {}));
    expect(await engine.call("modules", {})).toEqual(await asked("modules", {}));
    const status = await engine.call("status", {});
    expect(status.events).toBe(result.events);
    expect(status.nodes[0]!.reason).toBe("ended by the user; a copy");
    await engine.stop();
  });

  it("has nothing of what is to be hidden, but names of modules", async () => {
    const { result, engine } = await shared({}, ["counter:udpates", "nobody"]);
    expect(result.overwritten).toBeGreaterThan(0);
    const { rows } = await engine.call("broadcasts", { unheard: true });
    expect(rows.map(({ topic }) => topic)).toContain("*".repeat("counter:udpates".length));
    expect((await engine.call("events", { text: "udpates", limit: 10 })).rows).toEqual([]);
    const texts = (await engine.call("bookmarks", {})).flatMap(({ comments }) => comments);
    expect(texts.map(({ text }) => text)).toEqual(["at the start", "****** hears Hello"]);
    await engine.stop();
  });
});

describe("a part of a recording that is given away", () => {
  it("has the events of its time, knows who was there, and says what is left out", async () => {
    const { t } = await asked("event", { id: 12_430 });
    const [from, to] = [t - 1e9, t + 1e9];
    const { engine } = await shared({ from, to });
    const input = { from, to, limit: 10_000 } as const;
    const summaries = ({ rows }: Output<"events">): readonly unknown[] =>
      rows.map((row) => [row.t, row.kind, row.process, row.summary]);
    expect(summaries(await engine.call("events", input))).toEqual(summaries(await asked("events", input)));
    const answer = await engine.call("ask", { question: QUESTION });
    expect(answer.sentences.map(({ text }) => text).join("\n")).toContain("counter:udpates");
    const gaps = (await engine.call("gaps", {})).filter(({ cause }) => cause === "left_out");
    expect(gaps.map((gap) => [gap.to < from, gap.from > to])).toEqual([
      [true, false],
      [false, true],
    ]);
    const { events } = await engine.call("status", {});
    const { events: all } = await asked("status", {});
    expect(gaps.reduce((sum, { total }) => sum + total, events)).toBe(all);
    const marks = await engine.call("bookmarks", {});
    expect(marks.map(({ comments }) => comments[0]!.text)).toEqual(["nobody hears Hello"]);
    expect(marks[0]!.what).toContain("counter:udpates");
    expect((await engine.call("status", {})).nodes[0]!.reason).toMatch(/a copy of a part \(from 20\d\d-/);
    await engine.stop();
  });

  it("has the messages of the processes that were chosen, and a gap where those of others were", async () => {
    const process = "Hello.Counters.Worker";
    const { engine } = await shared({ process });
    const sends = { process, kinds: ["send", "receive"] as const, limit: 1_000 };
    const texts = ({ rows }: Output<"events">): readonly unknown[] =>
      rows.map(({ t, summary }) => [t, summary]);
    const input = { ...sends, kinds: [...sends.kinds] };
    expect(texts(await engine.call("events", input))).toEqual(texts(await asked("events", input)));
    const others = await engine.call("events", { kinds: ["send"], limit: 1_000 });
    for (const { process: by, peer } of others.rows) expect([by?.label, peer?.label]).toContain(process);
    const gaps = (await engine.call("gaps", {})).filter(({ cause }) => cause === "left_out");
    expect(gaps).toHaveLength(1);
    expect(gaps[0]!.dropped.send).toBeGreaterThan(0);
    const [before, after] = await Promise.all([asked("tree", {}), engine.call("tree", {})]);
    const keys = (roots: Output<"tree">["roots"]): readonly string[] =>
      roots.flatMap(({ key, children }) => [key, ...keys(children)]);
    expect(keys(after.roots)).toEqual(keys(before.roots));
    await engine.stop();
  });
});
