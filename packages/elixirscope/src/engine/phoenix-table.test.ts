import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
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

/** Tags of events of Phoenix in one recording. */
async function tagsOf(name: string): Promise<readonly string[]> {
  const { engine, close } = await openRecording(name);
  const { rows, more } = await engine.call("events", {
    kinds: ["telemetry", "pubsub", "phoenix", "plug"],
    limit: 10_000,
  });
  await close();
  expect(more).toBe(false);
  return rows.map(({ tag }) => tag?.replace(/^:/, "").replaceAll('"', "") ?? "");
}

const sorted = (tags: Iterable<string>): readonly string[] => [...tags].sort((a, b) => a.localeCompare(b));

it("docs/phoenix.md and the recordings agree on what is recorded", async () => {
  const seen = { "1.7": new Set<string>(), "1.8": new Set<string>() };
  for (const version of ["1.7", "1.8"] as const)
    for (const name of [`phoenix-${version}`, `phoenix-${version}-pages`])
      for (const tag of await tagsOf(name)) seen[version].add(tag);
  // LiveView 0.20 does not tell of components that are destroyed.
  expect(seen["1.8"].delete("phoenix.live_component.destroyed")).toBe(true);
  expect(sorted(seen["1.7"])).toEqual(sorted(PROMISED));
  expect(sorted(seen["1.8"])).toEqual(sorted(PROMISED));
  expect(PROMISED.length).toBeGreaterThan(50);
});
