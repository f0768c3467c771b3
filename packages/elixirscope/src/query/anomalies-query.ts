import {
  type Anomaly,
  detectAnomalies,
  growthOf,
  learnPattern,
  noveltiesOf,
  type Pattern,
  unsteady,
} from "../analysis/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import type {
  AnomaliesAnswer,
  AnomaliesInput,
  AnomalyRow,
  PatternRow,
  PatternsAnswer,
  PatternsInput,
  SeriesName,
} from "../protocol/index.ts";
import { Pace } from "../store/index.ts";
import { type NamedSeries, type Reach, readSeries, type SeriesSources, stretches } from "./series-reader.ts";

const LIMIT = 40;
const READ = 200_000;
/** Stretches of a series where nobody says how fine. */
const POINTS = 1_500;
/** Most stretches: what the store sums up at once. */
const MOST = 2_000;
const FINEST_NS = 10_000_000;
const TEN_DAYS_NS = 10 * 86_400 * 1e9;
/** Of a normal distribution: nine of ten lie within. */
const NINE_OF_TEN = 1.645;

/** How things usually are, and where they were otherwise. */
export class AnomaliesQuery {
  readonly #sources: SeriesSources;
  readonly #span: () => Promise<{ readonly from: number; readonly to: number }>;

  /** @param span of the record */
  constructor(sources: SeriesSources, span: () => Promise<{ readonly from: number; readonly to: number }>) {
    this.#sources = sources;
    this.#span = span;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_TOO_FINE` */
  async patterns(input: PatternsInput): Promise<PatternsAnswer> {
    const reach = await this.#reach(input, input.from);
    const all = await readSeries(reach, this.#sources);
    const pace = new Pace(1);
    const rows: PatternRow[] = [];
    for (const one of all) {
      if (pace.isOver) await pace.rest();
      const pattern = learnPattern(one.kind, one.values);
      if (pattern) rows.push(patternRow(one, pattern, reach));
    }
    const { from, to, everyNs } = reach;
    return { from, to, everyNs, rows, tooShort: all.length - rows.length };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_TOO_FINE` */
  async anomalies(input: AnomaliesInput): Promise<AnomaliesAnswer> {
    const reach = await this.#reach(input, input.learnFrom);
    const watchedFrom = input.from ?? reach.from + ((reach.to - reach.from) * 2) / 3;
    const learned = Math.max(
      0,
      Math.min(stretches(reach), Math.floor((watchedFrom - reach.from) / reach.everyNs)),
    );
    const all = await readSeries(reach, this.#sources);
    const onceInPoints = (input.onceInNs ?? TEN_DAYS_NS) / reach.everyNs;
    let watched = 0;
    const rows: AnomalyRow[] = [];
    const pace = new Pace(1);
    for (const one of all) {
      if (pace.isOver) await pace.rest();
      const pattern = learnPattern(one.kind, one.values.slice(0, learned));
      if (!pattern) continue;
      watched++;
      rows.push(...oneSeries(one, pattern, learned, reach, onceInPoints));
    }
    rows.push(...newcomers(all, learned, reach));
    return {
      from: reach.from + learned * reach.everyNs,
      to: reach.to,
      learnedFrom: reach.from,
      everyNs: reach.everyNs,
      watched,
      tooShort: all.length - watched,
      rows: rows.sort((a, b) => rank(b) - rank(a)),
    };
  }

  async #reach(
    { process, node, to, everyNs, limit = LIMIT, read = READ }: PatternsInput,
    from: number | undefined,
  ): Promise<Reach> {
    const whole = await this.#span();
    const span = { from: from ?? whole.from, to: to ?? whole.to };
    const every = everyNs ?? niceNs((span.to - span.from) / POINTS);
    if ((span.to - span.from) / every > MOST) {
      throw new ElixirScopeError(
        "QUERY_TOO_FINE",
        `That would be more than ${MOST} stretches of time. Give a longer one (everyNs), or less time to look at.`,
        { everyNs: every, ...span },
      );
    }
    return { process, node, ...span, everyNs: every, limit, read };
  }
}

/** One, two or five of some unit. */
function niceNs(least: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(FINEST_NS, least)));
  return [1, 2, 5, 10].map((factor) => factor * unit).find((one) => one >= least) ?? 10 * unit;
}

/** What goes on growing counts as what happens once in ten days, what is new as once in a day. */
const rank = ({ onceInNs, what }: AnomalyRow): number =>
  onceInNs ?? (what === "grows" ? TEN_DAYS_NS : TEN_DAYS_NS / 10);

const nameOf = ({ of, key, process, unit }: NamedSeries): SeriesName => ({ of, key, process, unit });

function patternRow(one: NamedSeries, pattern: Pattern, { everyNs }: Reach): PatternRow {
  const at = (scatters: number): number => unsteady(one.kind, pattern.level + scatters * pattern.scatter);
  return {
    ...nameOf(one),
    points: pattern.points,
    periodNs: pattern.period === 0 ? null : pattern.period * everyNs,
    expected: at(0),
    usually: [at(-NINE_OF_TEN), at(NINE_OF_TEN)],
  };
}

function oneSeries(
  one: NamedSeries,
  pattern: Pattern,
  learned: number,
  reach: Reach,
  onceInPoints: number,
): AnomalyRow[] {
  const later = one.values.slice(learned);
  const rows = detectAnomalies(pattern, later, { onceInPoints }).map((anomaly) =>
    offRow(one, anomaly, learned, reach),
  );
  const growth = one.kind === "size" ? growthOf(one.kind, one.values) : undefined;
  if (!growth) return rows;
  const expected = growth.first;
  const { from, to } = reach;
  const summary = `${title(one)} grows: from ${shown(expected, one)} to ${shown(growth.last, one)}`;
  return [
    ...rows,
    { ...nameOf(one), what: "grows", from, to, value: growth.last, expected, onceInNs: null, summary },
  ];
}

function offRow(one: NamedSeries, anomaly: Anomaly, learned: number, reach: Reach): AnomalyRow {
  const t = (position: number): number => reach.from + (learned + position) * reach.everyNs;
  const { direction, value, expected } = anomaly;
  return {
    ...nameOf(one),
    what: direction,
    from: t(anomaly.from),
    to: t(anomaly.to + 1),
    value,
    expected,
    onceInNs: anomaly.onceInPoints * reach.everyNs,
    summary: `${title(one)}: ${shown(value, one)} where ${shown(expected, one)} was usual`,
  };
}

/** Kinds of messages, calls and ends that had never been there. */
function newcomers(all: readonly NamedSeries[], learned: number, reach: Reach): AnomalyRow[] {
  const events = all.filter(({ of, process }) => of === "events" && process === null);
  const count = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0);
  const part = (from: number, to?: number): Map<string, number> =>
    new Map(
      events
        .map(({ key, values }) => [key, count(values.slice(from, to))] as const)
        .filter(([, sum]) => sum > 0),
    );
  return noveltiesOf(part(0, learned), part(learned)).map(({ key, count: value }) => {
    const one = events.find((series) => series.key === key)!;
    const first = one.values.findIndex((found, i) => i >= learned && found > 0);
    const last = one.values.findLastIndex((found) => found > 0);
    return {
      ...nameOf(one),
      what: "new",
      from: reach.from + first * reach.everyNs,
      to: reach.from + (last + 1) * reach.everyNs,
      value,
      expected: 0,
      onceInNs: null,
      summary: `${key} had never been there: ${shown(value, one)}`,
    };
  });
}

const WORDS: Readonly<Record<SeriesName["of"], string>> = {
  events: "",
  duration: "duration of ",
  wait: "time in the mailbox of ",
  memory: "memory of ",
  mailbox: "mailbox of ",
  "state size": "size of the state of ",
};

const title = ({ of, key }: SeriesName): string => `${WORDS[of]}${key}`;

function shown(value: number, { unit }: SeriesName): string {
  const digits = Number(value.toPrecision(3));
  if (unit === "ns")
    return value >= 1e9 ? `${(value / 1e9).toPrecision(3)} s` : `${(value / 1e6).toPrecision(3)} ms`;
  if (unit === "bytes")
    return value >= 1e6 ? `${(value / 1e6).toPrecision(3)} MB` : `${(value / 1e3).toPrecision(3)} kB`;
  return `${digits} ${unit}`;
}
