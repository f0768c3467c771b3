import picocolors from "picocolors";
import { expect, it } from "vitest";
import type { Inventory } from "../../protocol/index.ts";
import { inventoryLines } from "./inventory.ts";

const owner = { handle: "p-1", pid: "#PID<0.1.0>", label: "Shop.Cache", name: "Shop.Cache" };
const table = {
  name: ":cache",
  named: true,
  owner,
  size: 20_000,
  memory: 2_097_152,
  type: "set",
  protection: "public",
};
const inventory: Inventory = {
  t: 0,
  tables: [table, { ...table, name: ":small", owner: null, size: 1, memory: 1_024 }],
  tablesTotal: 31,
  tablesMemory: 3_145_728,
  ports: [{ port: "#Port<0.5>", name: "tcp_inet", owner, input: 1_024, output: 2_048, osPid: null }],
  portsTotal: 4,
  applications: [
    { name: ":shop", version: "1.2.0", description: "", top: owner, processes: 12, memory: 1_048_576 },
  ],
  memory: { total: 52_428_800 },
  limits: { processes: [80, 262_144], ports: [4, 65_536], atoms: [12_000, 1_048_576] },
};

it("shows the largest of each, what they are of the whole, and how near the limits are", () => {
  const out = { columns: 100, color: picocolors.createColors(false) };
  const text = inventoryLines(inventory, 1, out).join("\n");
  expect(text.split("\n")[0]).toBe(
    "memory 50 MB, processes 80 of 262,144, ports 4 of 65,536, atoms 12,000 of 1,048,576",
  );
  expect(text).toMatch(/Applications: 1\nAPPLICATION.*\n:shop +1\.2\.0 +12 +1\.0 MB +Shop\.Cache/);
  expect(text).toMatch(/ETS tables: 31, 3\.0 MB\nTABLE.*\n:cache +20,000 +2\.0 MB +set +public +Shop\.Cache/);
  expect(text).not.toContain(":small");
  expect(text).toMatch(/Ports: 4\nPORT.*\n#Port<0\.5> +tcp_inet +1\.0 KB +2\.0 KB +Shop\.Cache/);
});
