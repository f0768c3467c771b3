import { atom, ErlangMap, type Term } from "@elixirscope/etf";
import { type Budget, type Level, SAMPLE_PARTS, type Sample, TOLD_ALL } from "../model/index.ts";

/** What is traced: a level, call patterns (see `parseCallPattern`), and who. */
export interface TraceRequest {
  readonly level: Level;
  readonly patterns: readonly string[];
  /** Pids, registered names, `{app, Name}`, `{in, Module}`, `{under, Supervisor}`; none: all. */
  readonly processes: readonly Term[];
  /** Call patterns at which flows start, from the level `flows` on; none: those of common libraries. */
  readonly flows?: readonly string[];
  /** Modules whose lines are recorded: `MyApp.Cart`, `MyApp.*`. */
  readonly lines?: readonly string[];
  /** Never these, of the same kinds. */
  readonly except?: readonly Term[];
  readonly sample?: Sample | undefined;
  /** Absent: as it was. */
  readonly budget?: Budget | undefined;
  /** Names and applications need not be there yet. */
  readonly later?: boolean;
}

/** Is no process left out, by scope or by sample? */
export const isEverybody = ({ processes, except = [], sample }: TraceRequest): boolean =>
  processes.length === 0 && except.length === 0 && (sample?.processes ?? 1) >= 1;

/** What of a request had to be compiled. */
interface Compiled {
  readonly patterns: readonly Term[];
  /** What of them concerns modules that come later. */
  readonly later: readonly Term[];
  readonly flows: readonly Term[];
  readonly lines: readonly string[];
  /** By which the flows of this recording are told from others'. */
  readonly label: Term;
}

/** The request as the agent takes it. */
export function agentRequest(
  request: TraceRequest,
  { patterns, later: below, flows, lines, label }: Compiled,
): ErlangMap {
  const { level, processes, except = [], sample = {}, budget, later = false } = request;
  return new ErlangMap([
    [atom("level"), atom(level)],
    [atom("patterns"), patterns],
    [atom("below"), below],
    [atom("flows"), flows],
    [atom("lines"), lines.map((module) => atom(module))],
    [atom("flow_label"), label],
    [atom("scope"), processes.length === 0 ? atom("all") : processes],
    [atom("except"), except],
    [atom("sample"), sampleTerm(sample)],
    [atom("later"), atom(String(later))],
    ...(budget === undefined ? [] : ([[atom("budget"), budgetTerm(budget)]] as const)),
  ]);
}

function sampleTerm({ processes, callsPerSecond, toldPerSecond, everyNthFlow }: Sample): ErlangMap {
  return mapOf({
    pids: processes === undefined || processes >= 1 ? undefined : Math.round(processes * SAMPLE_PARTS),
    calls: callsPerSecond,
    told: toldPerSecond === TOLD_ALL ? atom("infinity") : toldPerSecond,
    flows: everyNthFlow,
  });
}

function budgetTerm(budget: Budget): ErlangMap {
  return mapOf({
    events: budget.eventsPerSecond,
    bytes: budget.bytesPerSecond,
    memory: budget.memoryBytes,
    cpu: budget.cpuPercent === undefined ? undefined : Math.max(1, Math.round(budget.cpuPercent * 10)),
    run_queue: budget.runQueue,
  });
}

const mapOf = (values: Readonly<Record<string, Term | undefined>>): ErlangMap =>
  new ErlangMap(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined ? [] : [[atom(key), value] as const],
    ),
  );
