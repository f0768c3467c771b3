import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventRow } from "../protocol/index.ts";
import { createMemoryStore, type TraceStore } from "../store/index.ts";
import { bookmarkFile, parseBookmarks } from "./bookmark-file.ts";
import { Bookmarks } from "./bookmarks.ts";
import { type OpenRecording, openRecording } from "./testing-recording.ts";

const event = async (id: number): Promise<EventRow> =>
  ({ id, t: id * 10, kind: id === 9 ? "state" : "send", summary: "{:add, 1}", process: null }) as EventRow;

function made(store: TraceStore = createMemoryStore()) {
  let changes = 0;
  const bookmarks = new Bookmarks({ store, opened: undefined, event, changed: () => (changes += 1) });
  return { store, bookmarks, changes: () => changes };
}

describe("bookmarks of a recording that is made", () => {
  it("are kept with their comments, by their beginning, and told of", async () => {
    const { bookmarks, store, changes } = made();
    await bookmarks.add({ on: { type: "range", from: 80, to: 120 }, by: "Ada", text: "slow" });
    await bookmarks.add({ on: { type: "event", id: 7 } });
    const rows = await bookmarks.add({ on: { type: "state", id: 9 }, text: "3" });
    expect(rows.map(({ id, from, to, what }) => [id, from, to, what])).toEqual([
      ["b-2", 70, 70, "send {:add, 1}"],
      ["b-1", 80, 120, ""],
      ["b-3", 90, 90, "state {:add, 1}"],
    ]);
    expect(rows[1]!.comments).toMatchObject([{ text: "slow", by: "Ada" }]);
    expect([changes(), bookmarks.version]).toEqual([3, 3]);
    expect(await made(store).bookmarks.list()).toEqual(rows);
  });

  it("are one for one thing: what is said of it once more is a comment", async () => {
    const { bookmarks } = made();
    await bookmarks.add({ on: { type: "event", id: 7 }, text: "first" });
    await bookmarks.add({ on: { type: "event", id: 7 }, by: "Bo", text: "second" });
    const [row, ...others] = await bookmarks.comment({ id: "b-1", text: "third" });
    expect(others).toEqual([]);
    expect(row!.comments.map(({ text }) => text)).toEqual(["first", "second", "third"]);
    await bookmarks.comment({ id: "b-1", text: "2nd", index: 1 });
    const [after] = await bookmarks.comment({ id: "b-1", text: "", index: 0 });
    expect(after!.comments.map(({ text }) => text)).toEqual(["2nd", "third"]);
    expect(await bookmarks.drop("b-1")).toEqual([]);
    const [next] = await bookmarks.add({ on: { type: "event", id: 7 } });
    expect(next!.id).toBe("b-2");
  });

  it("lose nothing to two who write at the same time", async () => {
    const { bookmarks } = made();
    const ids = Array.from({ length: 20 }, (_, i) => i + 1);
    await Promise.all(ids.map((id) => bookmarks.add({ on: { type: "event", id } })));
    expect((await bookmarks.list()).map(({ on }) => on)).toEqual(ids.map((id) => ({ type: "event", id })));
  });

  it("say what cannot be", async () => {
    const { bookmarks, store } = made();
    const code = (name: string): object => ({ code: name });
    await expect(bookmarks.drop("b-9")).rejects.toMatchObject(code("QUERY_NO_SUCH_BOOKMARK"));
    await expect(bookmarks.comment({ id: "b-9", text: "x" })).rejects.toMatchObject(
      code("QUERY_NO_SUCH_BOOKMARK"),
    );
    await expect(bookmarks.add({ on: { type: "state", id: 7 } })).rejects.toMatchObject(
      code("QUERY_NOT_A_STATE"),
    );
    const many = Array.from({ length: 1_000 }, (_, i) => ({
      id: `b-${i + 1}`,
      on: { type: "event", id: i + 1 },
      by: "",
      at: "",
      comments: [],
    }));
    store.putMeta("bookmarks", JSON.stringify({ next: 1_001, rows: many }));
    await expect(bookmarks.add({ on: { type: "range", from: 0, to: 1 } })).rejects.toMatchObject(
      code("QUERY_TOO_MANY_BOOKMARKS"),
    );
  });

  it("outlive the event that they are on", async () => {
    const store = createMemoryStore();
    await made(store).bookmarks.add({ on: { type: "event", id: 7 } });
    const gone = async (): Promise<EventRow> => Promise.reject(new Error("gone"));
    const later = new Bookmarks({ store, opened: undefined, event: gone, changed: () => undefined });
    expect((await later.list())[0]!.what).toBe("event #7 is not there any more");
  });
});

describe("bookmarks of a recording that is only read", () => {
  let recording: OpenRecording;
  beforeAll(async () => {
    recording = await openRecording("phoenix-1.8");
  });
  afterAll(() => recording.close());

  it("stand beside it; the recording stays as it is", async () => {
    const { engine, file } = recording;
    const before = readFileSync(file);
    const rows = await engine.call("addBookmark", {
      on: { type: "event", id: 12_430 },
      text: "nobody hears",
    });
    expect(rows).toMatchObject([{ id: "b-1", on: { id: 12_430 }, comments: [{ text: "nobody hears" }] }]);
    expect(rows[0]!.what).toMatch(/^pubsub /);
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(parseBookmarks(readFileSync(bookmarkFile(file), "utf8"))!.rows).toHaveLength(1);
    expect((await engine.call("status", {})).bookmarks).toBe(1);
    await expect(engine.call("addBookmark", { on: { type: "event", id: 99_999_999 } })).rejects.toMatchObject(
      {
        code: "QUERY_NO_SUCH_EVENT",
      },
    );
  });

  it("say so where its folder is not there any more, and leave nothing", async () => {
    const opened = join(tmpdir(), "no-such-folder", "x.esrec");
    const bookmarks = new Bookmarks({ store: createMemoryStore(), opened, event, changed: () => undefined });
    await expect(bookmarks.add({ on: { type: "event", id: 1 } })).rejects.toMatchObject({
      code: "STORE_READ_ONLY",
    });
    expect(existsSync(bookmarkFile(opened))).toBe(false);
  });

  it("believe nothing that a file says", () => {
    const good = { id: "b-1", on: { type: "event", id: 3 }, by: "", at: "", comments: [] };
    const rows = [good, { ...good, on: { type: "page", id: 1 } }, { ...good, id: "<b>" }, null, 7];
    expect(parseBookmarks(JSON.stringify({ next: 2, rows }))!.rows).toEqual([good]);
    for (const text of ["{", "[]", '{"next":"x","rows":[]}', undefined])
      expect(parseBookmarks(text)).toBeUndefined();
  });
});
