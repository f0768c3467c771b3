import { type Command, InvalidArgumentError } from "commander";
import { type ControlInput, TOLD_ALL } from "../protocol/index.ts";
import { collect } from "./option-parsers.ts";

/** Who is traced, which part of it, and what it may cost: options of all commands that attach, and of `level`. */
export interface ControlOptions {
  readonly only?: readonly string[] | undefined;
  readonly app?: readonly string[] | undefined;
  readonly in?: readonly string[] | undefined;
  readonly under?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
  /** Share, 0 to 1. */
  readonly sample?: number | undefined;
  readonly maxCalls?: number | undefined;
  readonly maxTold?: number | undefined;
  readonly everyNthFlow?: number | undefined;
  readonly maxEvents?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly maxMemory?: number | undefined;
  readonly maxCpu?: number | undefined;
  readonly maxRunQueue?: number | undefined;
}

export const controlOptions = (command: Command): Command =>
  command
    .option("--only <process>", "trace only this process and what it spawns (can be repeated)", collect)
    .option("--app <name>", "only processes of this application, also when it starts later", collect)
    .option("--in <modules>", "only processes that run MyApp.*: by initial call, label or name", collect)
    .option("--under <supervisor>", "only this supervisor and what is below it", collect)
    .option(
      "--except <who>",
      "never this process, 'MyApp.*', app:NAME or under:SUPERVISOR (can be repeated)",
      collect,
    )
    .option("--sample <percent>", "so many of the processes, each whole or not at all: 10%", shareOption)
    .option("--max-calls <rate>", "of each function at most so many calls: 100/s", rateOption)
    .option(
      "--max-told <rate>",
      "of telemetry, logs and the like: of each function so many calls a second (default 2000), or all",
      toldOption,
    )
    .option("--every-nth-flow <n>", "of the flows only every n-th", wholeOption)
    .option("--max-events <rate>", "above this many events step down a level: 50k/s", rateOption)
    .option("--max-bytes <rate>", "likewise bytes: 10MB/s", byteRateOption)
    .option("--max-memory <size>", "of the agent in the node, 1MB to 64MB (default 64MB)", memoryOption)
    .option("--max-cpu <percent>", "of one scheduler: 5%", percentOption)
    .option("--max-run-queue <n>", "step down while so many processes wait for each scheduler", wholeOption);

/** What these options amount to; an option that is not given says nothing. */
export function controlInput(options: ControlOptions): ControlInput {
  const sample = given({
    processes: options.sample,
    callsPerSecond: options.maxCalls,
    toldPerSecond: options.maxTold,
    everyNthFlow: options.everyNthFlow,
  });
  const budget = given({
    eventsPerSecond: options.maxEvents,
    bytesPerSecond: options.maxBytes,
    memoryBytes: options.maxMemory,
    cpuPercent: options.maxCpu,
    runQueue: options.maxRunQueue,
  });
  return given({
    processes: options.only,
    apps: options.app,
    modules: options.in,
    under: options.under,
    except: options.except,
    sample: isEmpty(sample) ? undefined : sample,
    budget: isEmpty(budget) ? undefined : budget,
  });
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function given<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

const DECIMAL: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };
const BINARY: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `500/s`, `2k/s`, or `all`. */
export const toldOption = (text: string): number => (text === "all" ? TOLD_ALL : rateOption(text));

/** `50k/s`, `50000`. */
export function rateOption(text: string): number {
  return amount(
    /^(\d+(?:\.\d+)?)([kmg]?)(?:\/s)?$/i.exec(text),
    DECIMAL,
    "Write a rate such as 500/s, 50k/s or 1M/s.",
  );
}

/** `10MB/s`; 1 KB is 1,024 bytes, as everywhere in our output. */
export function byteRateOption(text: string): number {
  return amount(
    /^(\d+(?:\.\d+)?)([kmg]?)i?b(?:\/s)?$/i.exec(text),
    BINARY,
    "Write bytes a second such as 500KB/s or 10MB/s.",
  );
}

/** Between one and 64 MB, which is what the agent is limited to in any case. */
export const memoryOption = (text: string): number =>
  byteSize(text, 1024 ** 2, 64 * 1024 ** 2, "Write a size from 1MB to 64MB.");

/** `64KB`, within bounds that the hint names. */
export function byteSize(text: string, least: number, most: number, hint: string): number {
  const bytes = amount(/^(\d+(?:\.\d+)?)([kmg]?)i?b$/i.exec(text), BINARY, hint);
  if (bytes < least || bytes > most) throw new InvalidArgumentError(hint);
  return bytes;
}

/** `5%`, from 0.1% to 100%. */
export function percentOption(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
  if (!(percent >= 0.1 && percent <= 100))
    throw new InvalidArgumentError("Write a percentage from 0.1% to 100%.");
  return percent;
}

/** `10%` as a share, in steps of a hundredth of a percent. */
export function shareOption(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
  if (!(percent >= 0.01 && percent <= 100))
    throw new InvalidArgumentError("Write a percentage from 0.01% to 100%.");
  return percent / 100;
}

export function wholeOption(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < 1 || n > 1_000_000)
    throw new InvalidArgumentError("Write a whole number from 1 to 1000000.");
  return n;
}

function amount(
  match: RegExpExecArray | null,
  units: Readonly<Record<string, number>>,
  hint: string,
): number {
  const n = match ? Math.round(Number(match[1]) * units[match[2]!.toLowerCase()]!) : 0;
  if (n < 1 || n > 1e9) throw new InvalidArgumentError(hint);
  return n;
}
