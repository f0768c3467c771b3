import { describe, expect, it } from "vitest";
import { EDITORS, editorLink, editorProblem } from "./editor-link.ts";

const at = (template: string, file = "/app/lib/a b#1.ex", from = "", to = ""): string | undefined =>
  editorLink(template, { file, line: 12, mapping: { from, to } });

describe("a link into the editor", () => {
  it("has the path and the line, as PLUG_EDITOR writes them", () => {
    expect(at("vscode://file/__FILE__:__LINE__", "/app/lib/a.ex")).toBe("vscode://file/app/lib/a.ex:12");
    expect(at("txmt://open/?url=file://__FILE__&line=__LINE__")).toBe(
      "txmt://open/?url=file:///app/lib/a%20b%231.ex&line=12",
    );
    for (const { template } of EDITORS) expect(editorProblem(template)).toBeUndefined();
  });

  it("has the path as it is outside of the container", () => {
    expect(at("e://__FILE__", "/app/lib/a.ex", "/app", "/home/ana/shop/")).toBe(
      "e:///home/ana/shop/lib/a.ex",
    );
    expect(at("e://__FILE__", "/application/a.ex", "/app", "/home")).toBe("e:///application/a.ex");
  });

  it("is none that would run in the page", () => {
    for (const template of [
      "javascript:alert('__FILE__')",
      "data:text/html,__FILE__",
      "https://x/__FILE__",
      "code",
    ])
      expect([template, at(template)]).toEqual([template, undefined]);
    expect(editorProblem("vscode://file/")).toContain("__FILE__");
  });
});
