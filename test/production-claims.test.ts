import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

// What docs/production.md says is held by a test or a measurement: each link names the file, and the title that stands in it.

const PAGE = fileURLToPath(new URL("../docs/production.md", import.meta.url));
const text = readFileSync(PAGE, "utf8");

const DEFINITION = /^\[([a-z-]+)\]: (\S+) "(.+)"$/gm;
const claims = Array.from(text.matchAll(DEFINITION), ([, id, path, title]) => ({
  id: id!,
  path: join(dirname(PAGE), path!),
  title: title!,
}));
const body = text.replaceAll(DEFINITION, "");
/** `[words][id]`, the words in one paragraph. */
const used = new Set(Array.from(body.matchAll(/\]\[([a-z-]+)\]/g), ([, id]) => id!));

describe("the claims of the production manual", () => {
  it("are held by files that exist", () => {
    expect(claims.length).toBeGreaterThan(40);
    expect(claims.filter(({ path }) => !existsSync(path)).map(({ id }) => id)).toEqual([]);
  });

  it("are held by tests that are there under that title", () => {
    const gone = claims.filter(
      ({ path, title }) => existsSync(path) && !readFileSync(path, "utf8").includes(title),
    );
    expect(gone.map(({ id, title }) => `${id}: ${title}`)).toEqual([]);
  });

  it("are all made on the page, and none is made without", () => {
    const ids = claims.map(({ id }) => id);
    expect(ids.filter((id) => !used.has(id))).toEqual([]);
    expect([...used].filter((id) => !ids.includes(id))).toEqual([]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it("have figures that stand in the results of the benchmark", () => {
    const results = JSON.parse(
      readFileSync(join(dirname(PAGE), "../bench/results/2026-11-26-intel-xeon.json"), "utf8"),
    ) as { readonly results: { readonly observe: Readonly<Record<string, number>> } };
    const { observe } = results.results;
    const inNode = observe["own rate: % of a processor more in the node"]!;
    const ours = observe["own rate: % of a processor for ElixirScope"]!;
    expect(body).toContain(
      `${inNode.toFixed(1)} % of one processor in the node, ${ours.toFixed(1)} % for ElixirScope`,
    );
    expect(body).toContain(`it keeps ${Math.round(observe["all busy: kept"]! * 100)} % of its rate`);
  });
});
