import type { Status } from "../../protocol/index.ts";
import type { Client } from "../client.ts";
import { EXIT, usageError } from "../errors.ts";
import type { Exporting, Progress } from "../export/exporting.ts";
import {
  EVENT_CHOICES,
  type ExportFormat,
  FLOW_CHOICES,
  FORMATS,
  SECRET_CHOICES,
} from "../export/formats.ts";
import { exportOut } from "../export/out.ts";
import { type FilterOptions, filterInput } from "../filter-options.ts";
import { counted } from "../format.ts";
import { exitCodeOfSignal, type Interrupt, watchInterrupts } from "../interrupt.ts";
import { jsonLine } from "../output.ts";
import { statusDisplay } from "../status-display.ts";
import { findRunning, notRunning, openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";

export interface ExportOptions extends FilterOptions {
  readonly format: string;
  readonly recording?: string | undefined;
  readonly node?: string | undefined;
  readonly out?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly match?: string | undefined;
  readonly text?: string | undefined;
  readonly flow?: string | undefined;
  readonly entry?: string | undefined;
  readonly failed?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly redact?: readonly string[] | undefined;
  readonly hide?: readonly string[] | undefined;
  readonly json?: boolean | undefined;
}

/** Writes what was recorded in a form that other programs read. */
export async function exportRecord(
  context: Context,
  options: ExportOptions,
  version: string,
): Promise<number> {
  const format = FORMATS[options.format]!;
  refuseStrangers(options, format);
  if (format.run === undefined) {
    const { exportParquet, exportRecording } = await import("./export-files.ts");
    return options.format === "recording"
      ? exportRecording(context, options, version)
      : exportParquet(context, options);
  }
  const { recording, node } = options;
  if (recording === undefined && !(await findRunning(context.env, node))) throw notRunning(node);
  const target = await openTarget(context, { node, recording, attach: {} });
  const interrupt = watchInterrupts();
  try {
    return await write(context, target.client, options, { ...format, run: format.run }, interrupt);
  } finally {
    interrupt.dispose();
    await target.close();
  }
}

type Running = ExportFormat & Required<Pick<ExportFormat, "run">>;

async function write(
  context: Context,
  client: Client,
  options: ExportOptions,
  { noun, run }: Running,
  interrupt: Interrupt,
): Promise<number> {
  const status = await client.call("status", {});
  const choices = await choicesOf(client, options);
  const out = await exportOut(context, options.out);
  const progress = progressOf(context, status, noun, interrupt);
  try {
    const { flow, limit, endpoint } = options;
    await run(client, { out, ...choices, flow, limit, progress }, endpoint);
    const signal = interrupt.caught();
    if (signal) {
      await out.discard();
      return exitCodeOfSignal(signal);
    }
    await out.finish();
  } catch (error) {
    await out.discard();
    throw error;
  } finally {
    progress.clear();
  }
  return said(context, options, progress.count, noun);
}

/** @returns exit code */
export function said(context: Context, options: ExportOptions, count: number, noun: string): number {
  const { err, out } = context;
  const where = options.endpoint ?? options.out;
  if (options.json) jsonLine(out, { format: options.format, out: where ?? null, [`${noun}s`]: count });
  else if (where !== undefined) err.line(`${err.color.green("✔")} ${counted(count, noun)} → ${where}`);
  if (count === 0 && !options.json) err.line(err.color.dim(`No ${noun} matches.`));
  return count > 0 ? EXIT.ok : EXIT.notFound;
}

/** `--in-flow` of `inFlow`. */
const dashed = (name: string): string => name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);

function refuseStrangers(options: ExportOptions, format: ExportFormat): void {
  const strangers = ([...EVENT_CHOICES, ...FLOW_CHOICES, ...SECRET_CHOICES] as const).filter(
    (name) => options[name] !== undefined && !format.options.includes(name),
  );
  if (strangers.length > 0) {
    throw usageError(
      `--format ${options.format} takes no --${dashed(strangers[0]!)}.`,
      `It takes: ${["from", "to", ...format.options].map((name) => `--${dashed(name)}`).join(", ")}.`,
    );
  }
  if (options.json && options.out === undefined && options.endpoint === undefined) {
    throw usageError("--json says what was written where: give --out.");
  }
  if (options.out !== undefined && options.endpoint !== undefined) {
    throw usageError("Give either --out or --endpoint, not both.");
  }
}

/** What was asked for, in the protocol's words. */
export async function choicesOf(
  client: Client,
  options: ExportOptions,
): Promise<Pick<Exporting, "events" | "flows">> {
  const { match, text, entry, failed } = options;
  const filter = await filterInput(client, options);
  const { process, from, to } = filter;
  const flows = { process, from, to, entry, failed };
  return {
    events: {
      ...filter,
      ...(match === undefined ? {} : { match }),
      ...(text === undefined ? {} : { text }),
    },
    flows: Object.fromEntries(Object.entries(flows).filter(([, value]) => value !== undefined)),
  };
}

/** How often the line is written anew, ms. */
const SHOW_MS = 100;

function progressOf(
  context: Context,
  status: Status,
  noun: string,
  interrupt: Interrupt,
): Progress & { clear(): void } {
  const display = statusDisplay(context.err);
  let shown = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    did: (t) => {
      count += 1;
      const now = performance.now();
      if (now - shown > SHOW_MS) {
        shown = now;
        const percent = Math.max(0, Math.min(100, Math.round((t / Math.max(status.t, 1)) * 100)));
        display.show(`${counted(count, noun)} · ${percent}% · Ctrl-C ends`);
      }
      return interrupt.caught() !== undefined;
    },
    clear: () => display.clear(),
  };
}
