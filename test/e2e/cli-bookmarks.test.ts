import { readFileSync } from "node:fs";
import type { BookmarkRow } from "elixirscope/protocol";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CliWorld, jsonLines } from "./support/cli-process.ts";
import { unpacked } from "./support/recordings.ts";

let world: CliWorld;
let file: string;
let before: Buffer;
beforeAll(async () => {
  world = await CliWorld.create({ epmdPort: 1 });
  file = unpacked(world, "phoenix-1.8");
  before = readFileSync(file);
  // Most is asked of the one that shows it: to open a recording for each question takes longer.
  await world.start("open", file, "--no-open", "--json").firstJson();
});
afterAll(() => world.remove());

const run = (...args: readonly string[]) => world.run(...args);

it("marks events and stretches of a recording, beside it, with who says what [insight.bookmarks]", async () => {
  const marked = await run("bookmark", "12430", "--comment", "nobody hears \u001b[31mthis", "--by", "Ada");
  expect(marked.code).toBe(0);
  expect(marked.stdout).toMatch(/^b-1 .*#12430 .*Hello\.Counters\.Worker .*pubsub/);
  expect(marked.stdout).toContain("nobody hears \\x1b[31mthis — Ada, ");
  await run("bookmark", "--from", "1s", "--to", "2s", "--json");
  await run("comment", "b-1", "mended since");
  const { stdout } = await run("bookmarks", "--json", "--recording", file);
  const rows = jsonLines<BookmarkRow>(stdout);
  expect(rows.map(({ id, on }) => [id, on])).toEqual([
    ["b-2", { type: "range", from: 1e9, to: 2e9 }],
    ["b-1", { type: "event", id: 12_430 }],
  ]);
  expect(rows[1]!.comments.map(({ text }) => text)).toEqual(["nobody hears \u001b[31mthis", "mended since"]);
  const left = await run("unbookmark", "b-2", "--json");
  expect(jsonLines<BookmarkRow>(left.stdout).map(({ id }) => id)).toEqual(["b-1"]);
  expect(readFileSync(file).equals(before)).toBe(true);
});

it("says what cannot be bookmarked, and that nothing runs [insight.bookmarks]", async () => {
  const said = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout } = await run(...args, "--json");
    return [code, (JSON.parse(stdout) as { error: { code: string } }).error.code];
  };
  const all = await Promise.all([
    said("bookmark", "99999999"),
    said("bookmark", "12430", "--state"),
    said("bookmark"),
    said("bookmark", "12430", "--from", "1s"),
    said("unbookmark", "b-77"),
    said("bookmarks", "--node", "nobody@127.0.0.1"),
  ]);
  expect(all).toEqual([
    [3, "QUERY_NO_SUCH_EVENT"],
    [2, "QUERY_NOT_A_STATE"],
    [2, "CLI_USAGE"],
    [2, "CLI_USAGE"],
    [3, "QUERY_NO_SUCH_BOOKMARK"],
    [3, "CLI_NOT_RUNNING"],
  ]);
});
