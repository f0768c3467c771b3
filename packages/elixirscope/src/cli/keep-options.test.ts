import { describe, expect, it } from "vitest";
import { eventsOption, keepOf, sizeOption } from "./keep-options.ts";

describe("limits of a recording", () => {
  it("are read as people write them", () => {
    expect(["500MB", "2GB", "1.5gb", "300000 kB"].map(sizeOption)).toEqual([5e8, 2e9, 1.5e9, 3e8]);
    expect(["5000", "500k", "10M", "1.5m"].map(eventsOption)).toEqual([5000, 500_000, 10e6, 1.5e6]);
  });

  it.each(["2", "GB", "-1GB", "0MB", "2 apples", ""])("a size is not %j", (text) => {
    expect(() => sizeOption(text)).toThrow("500MB or 2GB");
  });

  it.each(["0", "-5", "10G", "many", "1e6"])("a number of events is not %j", (text) => {
    expect(() => eventsOption(text)).toThrow("500k or 10M");
  });

  it("are no limits where none is given", () => {
    expect(keepOf({})).toBeUndefined();
    expect(keepOf({ keepFor: 1000, keepEvents: 5 })).toEqual({ ms: 1000, events: 5 });
  });
});
