import { describe, expect, it } from "vitest";
import { chartOf } from "./answer-chart.ts";
import { csvOf, ndjsonOf, sorted, tableOfAnswer, tableOfSql, tsvOf } from "./answer-table.ts";
import { sqlProblem } from "./sql-error.ts";

const sql = (columns: readonly (readonly [string, string])[], rows: readonly (readonly unknown[])[]) =>
  tableOfSql({ columns: columns.map(([name, type]) => ({ name, type })), rows, more: false }, 1_000_000_000n);

describe("an answer as a table", () => {
  it("leads from ids, processes and times of SQL to what they name", () => {
    const { columns } = sql(
      [
        ["id", "BIGINT"],
        ["pid", "INTEGER"],
        ["pid", "VARCHAR"],
        ["time", "TIMESTAMP_NS"],
        ["ts", "BIGINT"],
        ["n", "BIGINT"],
      ],
      [],
    );
    const [id, index, text, time, ts, n] = columns;
    expect(id!.target("17")).toEqual({ type: "event", id: 17 });
    expect(index!.target(3)).toEqual({ type: "process", process: "p-3" });
    expect(index!.target(-1)).toBeUndefined();
    expect(text!.target("<0.12.0>")).toEqual({ type: "process", process: "<0.12.0>" });
    expect(time!.target("1970-01-01 00:00:02.000000005")).toEqual({ type: "instant", t: 1_000_000_005 });
    expect(ts!.target("1700000000000000001")).toEqual({
      type: "instant",
      t: Number(1_699_999_999_000_000_001n),
    });
    expect(n!.target("17")).toBeUndefined();
    expect(columns.map(({ type }) => type)).toEqual(["number", "number", "text", "time", "time", "number"]);
  });

  it("has the rows of a question, with processes by name", () => {
    const process = { handle: "p-1", label: "Shop", pid: "#PID<0.1.0>" };
    const table = tableOfAnswer({
      rows: [
        { id: 5, t: 10, process },
        { id: 6, t: 11, process: null },
      ],
      more: true,
    });
    expect(table.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "id number",
      "t time",
      "process text",
    ]);
    expect(table.columns[2]!.target(process)).toEqual({ type: "process", process: "p-1" });
    expect(table.columns[1]!.target(10)).toEqual({ type: "instant", t: 10 });
    expect(table.more).toBe(true);
    expect(csvOf(table)).toBe("id,t,process\r\n5,10,Shop\r\n6,11,\r\n");
  });

  it("says what has no rows one below the other", () => {
    expect(tableOfAnswer({ total: 3, name: "x" }).rows).toEqual([
      ["total", 3],
      ["name", "x"],
    ]);
  });

  it("is sorted as numbers where they are numbers, with nothing last", () => {
    const table = sql([["n", "BIGINT"]], [["9"], [null], ["10"]]);
    expect(sorted(table, 0, "asc").rows.flat()).toEqual(["9", "10", null]);
    expect(sorted(table, 0, "desc").rows.flat()).toEqual(["10", "9", null]);
  });

  it("is written so that others read it back", () => {
    const table = sql(
      [
        ["a", "VARCHAR"],
        ["b", "VARCHAR"],
      ],
      [['say "x", y', "two\nlines"]],
    ); // prettier
    expect(csvOf(table)).toBe('a,b\r\n"say ""x"", y","two\nlines"\r\n');
    expect(tsvOf(table)).toBe('a\tb\nsay "x", y\ttwo lines');
    expect(JSON.parse(ndjsonOf(table))).toEqual({ a: 'say "x", y', b: "two\nlines" });
  });
});

describe("an answer as a chart", () => {
  it("is a line over times, in their order", () => {
    const table = sql(
      [
        ["since", "TIMESTAMP"],
        ["events", "BIGINT"],
      ],
      [
        ["1970-01-01 00:00:02", "5"],
        ["1970-01-01 00:00:01.5", "4"],
      ],
    );
    expect(chartOf(table)).toMatchObject({
      type: "line",
      isTime: true,
      x: [1.5, 2],
      series: [{ name: "events", values: [4, 5] }],
    });
  });

  it("is a bar for each name", () => {
    const table = sql(
      [
        ["kind", "VARCHAR"],
        ["n", "BIGINT"],
      ],
      [
        ["send", "5"],
        ["exit", null],
      ],
    );
    expect(chartOf(table)).toMatchObject({
      type: "bars",
      names: ["send", "exit"],
      series: [{ name: "n", values: [5, null] }],
    });
  });

  it("is nothing where there is nothing to count", () => {
    expect(
      chartOf(
        sql(
          [
            ["id", "BIGINT"],
            ["tag", "VARCHAR"],
          ],
          [["1", "x"]],
        ),
      ),
    ).toBeUndefined();
  });
});

describe("what is wrong with a question", () => {
  it("is found in its line, also where that is shown in part", () => {
    const text = "SELECT 1,\n  nonsense FROM events";
    expect(
      sqlProblem(text, 'Binder Error: no "nonsense"\n\nLINE 2:   nonsense FROM events\n          ^'),
    ).toEqual({
      message: 'Binder Error: no "nonsense"',
      offset: text.indexOf("nonsense"),
    });
    const long = `SELECT ${"1, ".repeat(60)}nonsense FROM events`;
    const shown = "LINE 1: ..., 1, 1, nonsense FROM eve...";
    const { offset } = sqlProblem(long, `Error: x\n\n${shown}\n${" ".repeat(shown.indexOf("n"))}^`);
    expect(long.slice(offset)).toMatch(/^nonsense/);
  });

  it("is told without a place where the engine names none", () => {
    expect(sqlProblem("SELECT", "One statement at a time.")).toEqual({
      message: "One statement at a time.",
      offset: undefined,
    });
    expect(sqlProblem("SELEC 1", "Syntax error: failed at position 1 (SELEC)").offset).toBe(0);
  });
});
