// Each page has its place on the site, and each link leads somewhere.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PAGES } from "../../test/testkit/docs-blocks.ts";
import { anchorsOf, deadLinks, mapLinks, pageText, WRITTEN } from "./docs-pages.mjs";
import { ROOT } from "./run.mjs";

const textOf = (file) => readFileSync(join(ROOT, file), "utf8");
const anchorsIn = (file) => anchorsOf(textOf(file));

describe("the pages of the documentation", () => {
  it("have a place in the menu, each one", () => {
    expect(new Set(WRITTEN.map(({ from }) => from))).toEqual(new Set(PAGES));
    const places = WRITTEN.map(({ to }) => to);
    expect(new Set(places).size).toBe(places.length);
  });

  it("have no dead links", () => {
    expect(PAGES.flatMap((page) => deadLinks(page, textOf(page), anchorsIn))).toEqual([]);
  });

  it("tell a link that leads nowhere", () => {
    const text =
      "[a](nowhere.md) [b](cli.md#exit-codes) [c](cli.md#no-such-heading) `[d](nowhere.md)` [e](https://example.org/x)";
    expect(deadLinks("docs/ui.md", text, anchorsIn)).toEqual([
      "docs/ui.md: nowhere.md: there is no docs/nowhere.md",
      "docs/ui.md: cli.md#no-such-heading: docs/cli.md has no such heading",
    ]);
    const named = 'See [that][one] and [this][two].\n\n[one]: nowhere.md "a title"\n[two]: cli.md';
    expect(deadLinks("docs/ui.md", named, anchorsIn)).toEqual([
      "docs/ui.md: nowhere.md: there is no docs/nowhere.md",
    ]);
  });

  it("have each link on one line, where it is seen", () => {
    const broken = PAGES.filter((page) => /\[[^\]\n]*\n[^\]\n]*\]\([^)\n]+\)/.test(textOf(page)));
    expect(broken).toEqual([]);
  });

  it("link to each other as the site has them, and to the repository for the rest", () => {
    const links = (from, repository) => {
      const found = [];
      mapLinks(pageText(from, repository), ({ whole, target }) => {
        found.push(target);
        return whole;
      });
      return found;
    };
    expect(links("README.md", undefined)).toContain("/cli");
    expect(links("README.md", undefined)).toContain("/images/ui/flow-light.webp");
    expect(links("README.md", undefined)).not.toContain("LICENSE");
    expect(links("README.md", "https://example.org/es")).toContain(
      "https://example.org/es/blob/main/LICENSE",
    );
  });

  it("make anchors as GitHub does", () => {
    const text = "# `run`, and more\n## Twice\n```\n# no heading\n```\n## Twice\n### What [that](x.md) is";
    expect([...anchorsOf(text)]).toEqual(["run-and-more", "twice", "twice-1", "what-that-is"]);
  });
});
