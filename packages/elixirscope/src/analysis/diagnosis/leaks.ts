import type { Facts } from "./facts.ts";
import { cite, type Detector, duration, type Finding, recheck, times, warn } from "./finding.ts";
import type { Figure, MonitorFact, NodeFact, PortFact, SizeFact, TableFact } from "./more-facts.ts";
import { isSteady, riseOf } from "./rise.ts";

const SIZE = "state_growth";
const TABLE = "table_growth";
const ATOMS = "atom_growth";
const BINARIES = "binary_growth";
const PORTS = "port_leak";
const MONITORS = "monitor_leak";
/** From so much on growth is no warming up. */
const MUCH: Readonly<Record<SizeFact["of"], number>> = { memory: 5_000_000, state: 250_000 };
/** Less is not worth a look. */
const LITTLE: Readonly<Record<SizeFact["of"], number>> = { memory: 500_000, state: 500 };
const MANY_ROWS = 500;
const FEW_ROWS = 20;
const MANY_TABLES = 10;
/** Atoms in each stretch; code that is loaded brings some in the first. */
const ATOMS_EACH = 20;
const MANY_ATOMS = 200;
const MUCH_BINARY = 8_000_000;
const MANY_PORTS = 10;
const MANY_MONITORS = 40;

/** States and heaps that grow and grow: who keeps what it got and never lets go of it. */
export const stateGrowth: Detector = {
  name: SIZE,
  looksFor: "processes whose state or memory grows",
  level: "observe",
  sees: ({ sizes }) => sizes.length > 0,
  detect: ({ sizes }) => {
    const found = sizes.flatMap((one) => larger(one));
    // The state says more than the heap that it is in.
    const told = new Set(
      found.flatMap(({ of, finding }) => (of === "state" ? finding.processes[0]!.handle : [])),
    );
    return found.flatMap(({ of, finding }) =>
      of === "memory" && told.has(finding.processes[0]!.handle) ? [] : [finding],
    );
  },
};

function larger({
  process,
  of,
  points,
  part,
}: SizeFact): readonly { readonly of: SizeFact["of"]; readonly finding: Finding }[] {
  const rise = riseOf(points);
  if (!rise || rise.last < 2 * rise.first || rise.last - rise.first < LITTLE[of]) return [];
  const [first, last] = [points[0]!, points.at(-1)!];
  const what = of === "state" ? "state" : "memory";
  const which = part === null ? "" : ` What grows is ${part}.`;
  const told = {
    summary: `The ${what} of ${process.label} grew from ${bytes(rise.first)} to ${bytes(rise.last)} within ${duration(last.t - first.t)} and went on growing.${which}`,
    processes: [process],
    t: first.t,
    until: last.t,
    evidence: citeEnds(points),
    todo: `See what ${process.label} keeps: \`elixirscope states ${process.label} --diff\`. Keep the newest only (Enum.take/2), or delete what is done with.`,
  };
  const much = rise.last - rise.first >= MUCH[of] && rise.last >= 4 * rise.first;
  const weight = Math.min(0.25, (rise.last - rise.first) / (4 * MUCH[of]));
  const finding = much
    ? warn(SIZE, { ...told, score: 0.8 })
    : recheck(SIZE, {
        ...told,
        confirm: "A longer recording: whether it stops at some size.",
        score: 0.4 + weight,
      });
  return [{ of, finding }];
}

/** ETS tables that get rows and lose none, and tables that are made again and again. */
export const tableGrowth: Detector = {
  name: TABLE,
  looksFor: "ETS tables that grow",
  level: "observe",
  sees: ({ tables }) => tables.some(({ rows }) => rows.length > 1),
  detect: ({ tables }) => tables.flatMap((table) => [...moreTables(table), ...moreRows(table)]),
};

function moreRows({ name, owner, rows, memory }: TableFact): readonly Finding[] {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || last.value - first.value < FEW_ROWS || !neverFell(rows)) return [];
  const who = owner === null ? "" : ` of ${owner.label}`;
  const told = {
    summary: `The ETS table ${name}${who} grew from ${first.value} to ${last.value} rows (${bytes(memory)}) within ${duration(last.t - first.t)}, and never lost any.`,
    processes: owner === null ? [] : [owner],
    t: first.t,
    until: last.t,
    evidence: citeEnds(rows),
    todo: `Delete what is not needed any more (:ets.delete/2, :ets.select_delete/2 at intervals), or give ${name} a largest size.`,
  };
  if (rows.length >= 4 && riseOf(rows) && last.value - first.value >= MANY_ROWS)
    return [warn(TABLE, { ...told, score: 0.78 })];
  return [
    recheck(TABLE, {
      ...told,
      confirm: "A longer recording: whether it stops at some size.",
      score: rows.length >= 4 && riseOf(rows) ? 0.55 : 0.4,
    }),
  ];
}

function moreTables({ name, owner, tables }: TableFact): readonly Finding[] {
  const [first, last] = [tables[0], tables.at(-1)];
  if (!first || !last || tables.length < 4 || !neverFell(tables)) return [];
  if (last.value - first.value < MANY_TABLES || !riseOf(tables)) return [];
  const who = owner === null ? "Somebody" : owner.label;
  return [
    warn(TABLE, {
      summary: `${who} made ETS tables again and again and deleted none: ${first.value} called ${name} at first, ${last.value} after ${duration(last.t - first.t)}.`,
      processes: owner === null ? [] : [owner],
      t: first.t,
      until: last.t,
      evidence: citeEnds(tables),
      todo: "Make the table once, where its owner starts, or delete it when it is done with (:ets.delete/1).",
      score: 0.82,
    }),
  ];
}

/** Atoms are never freed: made from what comes from outside they fill the table, and the node ends. */
export const atomGrowth: Detector = {
  name: ATOMS,
  looksFor: "atoms that are made on and on",
  level: "observe",
  sees: ({ nodes }) => nodes.some(({ atoms }) => atoms.length >= 4),
  detect: ({ nodes }) => nodes.flatMap((node) => moreAtoms(node)),
};

function moreAtoms({ atoms }: NodeFact): readonly Finding[] {
  const lately = atoms.slice(1);
  const [first, last] = [lately[0], lately.at(-1)];
  if (!first || !last || lately.length < 3 || last.value - first.value < MANY_ATOMS) return [];
  const each = lately.slice(1).map(({ value }, i) => value - lately[i]!.value);
  // A busy machine leaves one out at times.
  if (each.filter((more) => more < ATOMS_EACH).length > each.length / 4) return [];
  return [
    warn(ATOMS, {
      summary: `The node got ${last.value - first.value} new atoms within ${duration(last.t - first.t)}, some in each stretch of it (${last.value} now). Atoms are never freed: at the limit the node ends.`,
      processes: [],
      t: first.t,
      until: last.t,
      evidence: citeEnds(lately),
      todo: "Make no atoms of what comes from outside: String.to_existing_atom/1 in place of String.to_atom/1, and no `keys: :atoms` where JSON is read.",
      score: 0.82,
    }),
  ];
}

/** Binaries outside of heaps, which somebody still refers to. */
export const binaryGrowth: Detector = {
  name: BINARIES,
  looksFor: "binaries that are kept",
  level: "observe",
  sees: ({ nodes }) => nodes.some(({ binaries }) => binaries.length >= 4),
  detect: ({ nodes }) => nodes.flatMap((node) => moreBinaries(node)),
};

function moreBinaries({ binaries, takers }: NodeFact): readonly Finding[] {
  const rise = riseOf(binaries);
  if (!rise || rise.last - rise.first < MUCH_BINARY || rise.last < 2 * rise.first) return [];
  const [first, last] = [binaries[0]!, binaries.at(-1)!];
  const [taker] = takers;
  const by = taker
    ? ` ${taker.who.label} took in ${bytes(taker.bytes)} in ${taker.count} large messages meanwhile.`
    : "";
  const told = {
    summary: `Binaries outside of heaps grew from ${bytes(rise.first)} to ${bytes(rise.last)} within ${duration(last.t - first.t)} and went on growing.${by}`,
    processes: taker ? [taker.who] : [],
    t: first.t,
    until: last.t,
    evidence: cite(...citeEnds(binaries), taker?.id),
    todo: "A part of a binary (binary_part/3, a match, String.split/2) keeps the whole of it: keep :binary.copy/1 of the part. A process that works little collects its garbage seldom: hibernate it, or do such work in a Task.",
  };
  if (taker && taker.bytes >= (rise.last - rise.first) / 4) return [warn(BINARIES, { ...told, score: 0.76 })];
  return [
    recheck(BINARIES, {
      ...told,
      confirm: "Who holds them: Process.info(pid, :binary) of the largest, or level messages.",
      score: 0.5,
    }),
  ];
}

/** Sockets, files and programs that are opened and not closed. */
export const portLeak: Detector = {
  name: PORTS,
  looksFor: "ports that are opened and never closed",
  level: "observe",
  sees: ({ ports }) => ports.some(({ points }) => points.length > 1),
  detect: ({ ports }) => ports.flatMap((port) => morePorts(port)),
};

function morePorts({ owner, what, points }: PortFact): readonly Finding[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 4 || !neverFell(points) || !riseOf(points)) return [];
  if (last.value - first.value < MANY_PORTS) return [];
  return [
    warn(PORTS, {
      summary: `${owner.label} opened ports (${what}) and closed none: ${first.value} at first, ${last.value} after ${duration(last.t - first.t)}.`,
      processes: [owner],
      t: first.t,
      until: last.t,
      evidence: citeEnds(points),
      todo: "Close each when it is done with, also where something fails (try … after), or let a process of its own have it, which ends.",
      score: 0.8,
    }),
  ];
}

/** Monitors that are set again and again and never taken away: one :DOWN for each when their process ends. */
export const monitorLeak: Detector = {
  name: MONITORS,
  looksFor: "monitors that are set and never taken away",
  level: "messages",
  sees: ({ counts }) => (counts.monitor ?? 0) > 0,
  detect: (facts) => facts.monitors.flatMap((monitor) => moreMonitors(monitor, facts)),
};

function moreMonitors(
  { process, set, targets, most, over }: MonitorFact,
  { from, to }: Facts,
): readonly Finding[] {
  const left = set.length - over;
  if (set.length < MANY_MONITORS || over > set.length / 10 || !isSteady(set, from, to)) return [];
  const again = most !== null && targets <= set.length / 4;
  const whom = again ? `, ${times(most.count)} the same (${most.who.label})` : "";
  const told = {
    summary: `${process.label} set ${set.length} monitors within ${duration(set.at(-1)!.t - set[0]!.t)}${whom}, and ${left} of them still stand.`,
    processes: [process, ...(most ? [most.who] : [])],
    t: set[0]!.t,
    until: set.at(-1)!.t,
    evidence: cite(...set.slice(0, 3).map(({ id }) => id), ...set.slice(-3).map(({ id }) => id)),
    todo: "Monitor each process once (keep its reference), and take the monitor away when it is not needed: Process.demonitor(ref, [:flush]).",
  };
  if (again) return [warn(MONITORS, { ...told, score: 0.84 })];
  return [
    recheck(MONITORS, {
      ...told,
      confirm: "Whether those whom it watches are to live on.",
      score: 0.4,
    }),
  ];
}

const neverFell = (points: readonly Figure[]): boolean =>
  points.every(({ value }, i) => i === 0 || value >= points[i - 1]!.value);

/** The first ones and the last. */
const citeEnds = (points: readonly Figure[]): readonly number[] =>
  cite(...points.slice(0, 2).map(({ id }) => id), ...points.slice(-2).map(({ id }) => id));

/** `412 bytes`, `3.2 MB` */
function bytes(n: number): string {
  if (n < 1_000) return `${Math.round(n)} bytes`;
  if (n < 1e6) return `${(n / 1e3).toFixed(n < 1e4 ? 1 : 0)} kB`;
  return `${(n / 1e6).toFixed(1)} MB`;
}
