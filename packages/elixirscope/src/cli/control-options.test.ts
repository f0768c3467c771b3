import { expect, it } from "vitest";
import {
  byteRateOption,
  controlInput,
  memoryOption,
  percentOption,
  rateOption,
  shareOption,
  toldOption,
  wholeOption,
} from "./control-options.ts";

it("says nothing of what was not given", () => {
  expect(controlInput({})).toEqual({});
  expect(controlInput({ app: ["shop"], sample: 0.1, maxCpu: 5 })).toEqual({
    apps: ["shop"],
    sample: { processes: 0.1 },
    budget: { cpuPercent: 5 },
  });
  const all = {
    only: ["a"],
    app: ["b"],
    in: ["C.*"],
    under: ["D"],
    except: ["E"],
    sample: 0.5,
    maxCalls: 1,
    maxTold: 8,
    everyNthFlow: 2,
    maxEvents: 3,
    maxBytes: 4,
    maxMemory: 5,
    maxCpu: 6,
    maxRunQueue: 7,
  };
  expect(controlInput(all)).toEqual({
    processes: ["a"],
    apps: ["b"],
    modules: ["C.*"],
    under: ["D"],
    except: ["E"],
    sample: { processes: 0.5, callsPerSecond: 1, toldPerSecond: 8, everyNthFlow: 2 },
    budget: { eventsPerSecond: 3, bytesPerSecond: 4, memoryBytes: 5, cpuPercent: 6, runQueue: 7 },
  });
});

it.each([
  [rateOption, "50k/s", 50_000],
  [rateOption, "500", 500],
  [rateOption, "1.5M/s", 1_500_000],
  [toldOption, "500/s", 500],
  [toldOption, "all", 1_000_000_000],
  [byteRateOption, "10MB/s", 10_485_760],
  [byteRateOption, "512b", 512],
  [memoryOption, "64MB", 67_108_864],
  [memoryOption, "2MiB", 2_097_152],
  [percentOption, "5%", 5],
  [percentOption, "0.5%", 0.5],
  [shareOption, "10%", 0.1],
  [shareOption, "100%", 1],
  [wholeOption, "12", 12],
] as const)("%o reads %s", (option, text, value) => {
  expect(option(text)).toBe(value);
});

it.each([
  [rateOption, ["", "0", "k/s", "10/m", "-1", "2G/s"]],
  [byteRateOption, ["10", "MB", "0B/s", "1TB/s"]],
  [memoryOption, ["64", "65MB", "100KB"]],
  [percentOption, ["5", "0%", "101%", "x%"]],
  [shareOption, ["10", "0%", "101%"]],
  [wholeOption, ["0", "1.5", "many"]],
] as const)("%o refuses what it cannot read, and says how to write it", (option, texts) => {
  for (const text of texts) expect(() => option(text)).toThrow(/^Write /);
});
