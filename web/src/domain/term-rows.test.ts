import { expect, it } from "vitest";
import { type TermTreeView, termRows } from "./term-rows.ts";
import { parseTerm } from "./term-tree.ts";

const OPEN: TermTreeView = { toggled: new Map(), search: "", room: 0 };
const rowsOf = (text: string, view: Partial<TermTreeView> = {}) =>
  termRows(parseTerm(text), { ...OPEN, ...view });
const shown = (text: string, view: Partial<TermTreeView> = {}): readonly string[] =>
  rowsOf(text, view).map(({ tokens }) => tokens.map((token) => token.text).join(""));

const STATE = '%{count: 3, user: %MyApp.User{name: "Ann", tags: ["a", "b"]}, by: %{"k" => {:x, 1}}}';

it("lays a term out as lines that can be folded", () => {
  expect(shown(STATE)).toEqual([
    "%{…}",
    "count: 3",
    "user: %MyApp.User{…}",
    'name: "Ann"',
    "tags: […]",
    '"a"',
    '"b"',
    "by: %{…}",
    '"k" => {…}',
    ":x",
    "1",
  ]);
  expect(shown(STATE, { toggled: new Map([["0", false]]) })).toEqual([STATE]);
  const [whole, ...fields] = shown(STATE, { room: 1_000 });
  expect(whole).toBe("%{…}");
  expect(fields).toEqual([
    "count: 3",
    'user: %MyApp.User{name: "Ann", tags: ["a", "b"]}',
    'by: %{"k" => {:x, 1}}',
  ]);
});

it("names each value as a condition does, or what it stands in", () => {
  const named = rowsOf(STATE).map(({ path, within }) => (within ? `in ${path}` : path));
  expect(named).toEqual([
    "state",
    "count",
    "user",
    "user.name",
    "user.tags",
    "hd(user.tags)",
    "hd(tl(user.tags))",
    "by",
    "in by",
    "in by",
    "in by",
  ]);
  expect(rowsOf("{:idle, %{n: 1}}").map(({ path }) => path)).toEqual(["state", "state_name", "state", "n"]);
  expect(rowsOf("{1, 2}").map(({ path }) => path)).toEqual(["state", "elem(state, 0)", "elem(state, 1)"]);
  expect(rowsOf("[a: 1]").map(({ within }) => within)).toEqual([false, true]);
});

it("finds a text, and opens what leads to it", () => {
  const deep = "%{a: %{b: %{c: %{d: %{e: %{needle: 1}}}}}}";
  expect(shown(deep)).not.toContain("needle: 1");
  const rows = rowsOf(deep, { search: "needle", toggled: new Map([["0", false]]) });
  expect(rows.filter(({ hit }) => hit).map(({ path }) => path)).toEqual(["a.b.c.d.e.needle"]);
});

it("gives each value as Elixir prints it, without its key", () => {
  const texts = rowsOf('%{count: 3, list: [1, 2], "k" => "v"}').map(({ text }) => text);
  expect(texts).toEqual(['%{count: 3, list: [1, 2], "k" => "v"}', "3", "[1, 2]", "1", "2", '"v"']);
});
