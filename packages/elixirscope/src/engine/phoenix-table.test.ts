import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Engine } from "./engine.ts";
import { openRecording } from "./testing-recording.ts";

const ROOT = "../../../../";
const near = (path: string): string => fileURLToPath(new URL(`${ROOT}${path}`, import.meta.url));

/** First cells of the rows of docs/phoenix.md that say that the recordings have it. */
const PROMISED = readFileSync(near("docs/phoenix.md"), "utf8")
  .split("\n")
  .flatMap((line) => /^\| `([\w.]+)` \|(?:.*\|)? recordings \|$/.exec(line)?.[1] ?? []);

/** Of the other recordings: which events the table promises, and any that it says nothing of. */
describe.each(["cowboy", "ecto"])("docs/phoenix.md and the recording %s", (name) => {
  it("agree on what is recorded", async () => {
    const table = readFileSync(near("docs/phoenix.md"), "utf8");
    const rowsOf = (seen: string): readonly string[] =>
      Array.from(table.matchAll(new RegExp(`^\\| \`([\\w.*]+)\` \\| ${seen} \\|$`, "gm")), ([, tag]) => tag!);
    const { engine, close } = await openRecording(name);
    const { rows, more } = await engine.call("events", { kinds: ["telemetry"], limit: 10_000 });
    await close();
    expect(more).toBe(false);
    const tags = rows.map(({ tag }) => tag?.replace(/^:/, "").replaceAll('"', "") ?? "");
    const seen = new Set(tags.map((tag) => tag.replace(/^\w+(?=\.repo\.query$)/, "*")));
    const promised = rowsOf(name);
    expect(promised.length).toBeGreaterThan(2);
    expect(promised.filter((tag) => !seen.has(tag))).toEqual([]);
    expect([...seen].filter((tag) => ![...promised, ...PROMISED].includes(tag))).toEqual([]);
  });
});

describe.each(["phoenix-1.7", "phoenix-1.8"])("docs/phoenix.md and %s", (name) => {
  it("agree on what is recorded", async () => {
    const folder = mkdtempSync(join(tmpdir(), "phoenix-table-"));
    const file = join(folder, "r.esrec");
    writeFileSync(file, gunzipSync(readFileSync(near(`test/recordings/${name}.esrec.gz`))));
    const engine = await Engine.start({ version: "0.0.0", open: file });
    const { rows, more } = await engine.call("events", {
      kinds: ["telemetry", "pubsub", "phoenix"],
      limit: 10_000,
    });
    await engine.stop();
    rmSync(folder, { recursive: true });
    expect(more).toBe(false);
    const seen = new Set(rows.map(({ tag }) => tag?.replace(/^:/, "").replaceAll('"', "") ?? ""));
    const sorted = (tags: Iterable<string>): readonly string[] =>
      [...tags].sort((a, b) => a.localeCompare(b));
    expect(sorted(seen)).toEqual(sorted(PROMISED));
    expect(PROMISED.length).toBeGreaterThan(40);
  });
});
