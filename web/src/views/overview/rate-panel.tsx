import type { Rates, Status } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { count, plural } from "../../domain/format.ts";
import { KIND_GROUPS, KIND_LOOKS, type Kind, lookOf } from "../../domain/kinds.ts";
import { useRates, useTimeWindow } from "../../frame/use-time-window.ts";
import { KindLabel } from "../../parts/kind-mark.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { useHref, usePlace } from "../../place/use-place.ts";

const BUCKETS = 60;

/** What happens, by kind, over the last minute; in a recording over all of it. */
export function RatePanel({ status }: { readonly status: Status }): ReactElement {
  const { cursor } = usePlace();
  const recorded = status.nodes[0]?.state === "recording";
  const window = useTimeWindow(recorded ? "all" : 60, BUCKETS, status, cursor);
  const rates = useRates(window, true);
  const rows = KIND_LOOKS.map(({ kind }) => ({ kind, series: rates?.series[kind] ?? [] })).filter(
    ({ kind, series }) => kind !== "gap" && series.some((n) => n > 0),
  );
  const gaps = gapsIn(rates);
  return (
    <section className={status.dropped > 0 ? "panel with-drops" : "panel"} aria-label="What happens">
      <div className="section-head">
        <h2>What happens</h2>
        <span className="muted">{recorded ? "over the whole recording" : "over the last minute"}</span>
      </div>
      {gaps.length > 0 && (
        <p className="lost">
          Shaded: {plural(gaps.length, "stretch", "stretches")} of which something is missing.
        </p>
      )}
      {rows.length === 0 && <p className="muted">Nothing in this time.</p>}
      {KIND_GROUPS.map(({ group, title }) => {
        const own = rows.filter(({ kind }) => lookOf(kind).group === group);
        if (own.length === 0) return null;
        return (
          <div key={group} className="rate-group">
            <h3>{title}</h3>
            {own.map(({ kind, series }) => (
              <RateLine
                key={kind}
                kind={kind}
                series={series}
                gaps={gaps}
                dropped={status.droppedByKind[kind] ?? 0}
              />
            ))}
          </div>
        );
      })}
    </section>
  );
}

type Gaps = readonly { readonly from: number; readonly to: number }[];

/** Where something is missing, as shares of the window. */
function gapsIn(rates: Rates | undefined): Gaps {
  if (!rates) return [];
  const shareOf = (t: number): number => Math.min(1, Math.max(0, (t - rates.from) / (rates.to - rates.from)));
  return rates.gaps
    .filter(({ from, to }) => to >= rates.from && from < rates.to)
    .map(({ from, to }) => ({ from: shareOf(from), to: shareOf(to) }));
}

interface LineProps {
  readonly kind: Kind;
  readonly series: readonly number[];
  readonly gaps: Gaps;
  readonly dropped: number;
}

function RateLine({ kind, series, gaps, dropped }: LineProps): ReactElement {
  const href = useHref();
  const total = series.reduce((sum, n) => sum + n, 0);
  return (
    <Link
      className="rate-line"
      href={href({ view: "events", process: undefined, filters: { kinds: [kind] } })}
    >
      <KindLabel kind={kind} />
      <Sparkline values={series} color={lookOf(kind).color} gaps={gaps} />
      <span className="number">{count(total)}</span>
      {dropped > 0 && <span className="number lost">{count(dropped)} dropped</span>}
    </Link>
  );
}
