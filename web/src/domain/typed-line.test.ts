import { expect, it } from "vitest";
import { lineAt, withLine } from "./typed-line.ts";

it("finds the line of the caret", () => {
  expect(lineAt("one\ntwo\nthree", 5)).toEqual({ text: "two", from: 4 });
  expect(lineAt("one\n", 4)).toEqual({ text: "", from: 4 });
  expect(lineAt("one", 0)).toEqual({ text: "one", from: 0 });
});

it("puts another line in its place", () => {
  expect(withLine("one\ntwo\nthree", 4, "Hello")).toEqual({ text: "one\nHello\nthree", caret: 9 });
});
