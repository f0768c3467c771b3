import picocolors from "picocolors";
import { expect, it } from "vitest";
import { historyTable } from "./history.ts";

const point = (t: number, memory: number, mailbox: number, reductions: number) => ({
  t,
  at: new Date(1_700_000_000_000 + t / 1e6).toISOString(),
  memory,
  mailbox,
  reductions,
});

it("shows memory as it goes up and down, and work by the second", () => {
  const points = [point(0, 2_048, 0, 100), point(2e9, 4_096, 1_500, 4_100), point(2e9, 1_024, 0, 4_200)];
  const out = { columns: 100, color: picocolors.createColors(false) };
  const [head, first, second, third] = historyTable({ points }, out).split("\n");
  expect(head).toMatch(/^TIME +MEMORY +MAILBOX +REDUCTIONS\/S$/);
  expect(first).toMatch(/ 2\.0 KB {2}█{10} +0 +-$/);
  expect(second).toMatch(/ 4\.0 KB {2}█{20} +1,500 +2,000$/);
  // Two samples of one instant say nothing of a rate.
  expect(third).toMatch(/ 1\.0 KB {2}█{5} +0 +-$/);
});
