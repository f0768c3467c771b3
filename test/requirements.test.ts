import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { REQUIREMENTS } from "./requirements.ts";
import { PENDING } from "./requirements-pending.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ids = REQUIREMENTS.map(({ id }) => id);
const areas = [...new Set(ids.map((id) => id.split(".")[0]))].join("|");
// At the end of a title, after a space: `… [observer.spawn] [observer.exit]"`.
const CITATION = new RegExp(` \\[((?:${areas})\\.[\\w.-]+)\\](?=["'\`]| \\[)`, "g");

/** Every citation in the tests on real nodes, with the file that it stands in. */
const citations = ["node", "e2e"].flatMap((folder) =>
  readdirSync(join(HERE, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .flatMap((file) => {
      const text = readFileSync(join(HERE, folder, file), "utf8");
      return Array.from(text.matchAll(CITATION), ([, id]) => ({ id: id!, file: `${folder}/${file}` }));
    }),
);
const cited = new Set(citations.map(({ id }) => id));

describe("the ledger of requirements", () => {
  it("names each row once, in a whole sentence", () => {
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(REQUIREMENTS.filter(({ says }) => !/^[A-Z0-9].*\.$/.test(says))).toEqual([]);
  });

  it("has a test on a real node for each row", () => {
    expect(ids.filter((id) => !cited.has(id) && PENDING[id] === undefined)).toEqual([]);
  });

  it("has a row for each citation", () => {
    expect(citations.filter(({ id }) => !ids.includes(id))).toEqual([]);
  });

  it("has nothing pending that is cited, or that is no row", () => {
    expect(Object.keys(PENDING).filter((id) => cited.has(id) || !ids.includes(id))).toEqual([]);
  });
});
