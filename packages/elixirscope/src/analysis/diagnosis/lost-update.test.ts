import { expect, it } from "vitest";
import { lostUpdate } from "./lost-update.ts";
import { call, facts } from "./testing-facts.ts";

const read = (id: number, who: string, at: number, reply: string) =>
  call(id, [who, "Shelf", ":get"], at, { took: 0.01, reply });
const write = (id: number, who: string, at: number, value: number) =>
  call(id, [who, "Shelf", `{:put, ${value}}`], at, { took: 0.01 });

it("warns where two read the same and both write", () => {
  const calls = [
    read(1, "Ann", 1, "10"),
    read(4, "Ben", 1.01, "10"),
    write(7, "Ann", 1.05, 9),
    write(10, "Ben", 1.06, 9),
  ];
  expect(lostUpdate.detect(facts({ calls }))).toMatchObject([
    {
      verdict: "warn",
      summary:
        "Ann and Ben both read 10 from Shelf (:get), then one wrote {:put, 9} and the other {:put, 9} over it: what the first one did is lost. It happened once.",
      evidence: [1, 4, 7, 10],
    },
  ]);
});

it("does not where one reads what the other wrote, nor where nobody writes", () => {
  const inTurn = [
    read(1, "Ann", 1, "10"),
    write(4, "Ann", 1.05, 9),
    read(7, "Ben", 1.1, "9"),
    write(10, "Ben", 1.15, 8),
  ];
  expect(lostUpdate.detect(facts({ calls: inTurn }))).toEqual([]);
  const reads = [
    read(1, "Ann", 1, "10"),
    read(4, "Ben", 1, "10"),
    read(7, "Ann", 2, "10"),
    read(10, "Ben", 2, "10"),
  ];
  expect(lostUpdate.detect(facts({ calls: reads }))).toEqual([]);
});
