import * as fc from "fast-check";
import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import { type Column, fit, renderTable } from "./table.ts";

interface Row {
  readonly pid: string;
  readonly name: string;
  readonly memory: string;
  readonly where: string;
}

const plain = picocolors.createColors(false);
const columns: readonly Column<Row>[] = [
  { title: "PID", value: (row) => row.pid },
  { title: "PROCESS", value: (row) => row.name, shrinksTo: 8 },
  { title: "MEMORY", value: (row) => row.memory, align: "right" },
  { title: "CURRENTLY IN", value: (row) => row.where, shrinksTo: 10, dispensable: 1 },
];
const rows: readonly Row[] = [
  { pid: "<0.1.0>", name: "Hello.Counter", memory: "2.6 KB", where: ":gen_server.loop/7" },
  { pid: "<0.12.0>", name: "Hello.Users.Registry.PIDPartition0", memory: "588 KB", where: "-" },
];
const render = (width: number): readonly string[] => renderTable(columns, rows, width, plain).split("\n");

describe("renderTable", () => {
  it("shows everything where there is room", () => {
    expect(render(120)).toEqual([
      "PID       PROCESS                             MEMORY  CURRENTLY IN",
      "<0.1.0>   Hello.Counter                       2.6 KB  :gen_server.loop/7",
      "<0.12.0>  Hello.Users.Registry.PIDPartition0  588 KB  -",
    ]);
  });

  it("cuts long texts, then leaves columns away", () => {
    expect(render(50)).toEqual([
      "PID       PROCESS             MEMORY  CURRENTLY IN",
      "<0.1.0>   Hello.Counter       2.6 KB  :gen_server…",
      "<0.12.0>  Hello.Users.Regis…  588 KB  -",
    ]);
    expect(render(30)).toEqual([
      "PID       PROCESS       MEMORY",
      "<0.1.0>   Hello.Count…  2.6 KB",
      "<0.12.0>  Hello.Users…  588 KB",
    ]);
  });

  it("leaves away a column that says nothing", () => {
    const silent = rows.map((row) => ({ ...row, where: "-" }));
    expect(renderTable(columns, silent, 120, plain)).not.toContain("CURRENTLY");
  });

  it("keeps a control character out of the terminal", () => {
    const nasty = [{ pid: "<0.1.0>", name: "a\u001b[2Jb\nc", memory: "", where: "" }];
    expect(renderTable(columns, nasty, 80, plain)).toContain("a\\x1b[2Jb\\x0ac");
  });
});

it("fits into any width that its smallest form fits into", () => {
  const natural = fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60));
  fc.assert(
    fc.property(natural, fc.integer({ min: 1, max: 250 }), (sizes, width) => {
      const fitted = fit(columns, (column) => sizes[columns.indexOf(column)]!, width);
      const total = fitted.reduce((sum, { size }) => sum + size + 2, -2);
      const least = Math.max(3, sizes[0]) + Math.max(7, Math.min(8, sizes[1])) + Math.max(6, sizes[2]) + 4;
      expect(total).toBeLessThanOrEqual(Math.max(width, least));
    }),
  );
});
