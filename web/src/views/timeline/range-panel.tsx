import type { Timeline } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { count, duration, instantText, plural } from "../../domain/format.ts";
import { KIND_LOOKS } from "../../domain/kinds.ts";
import { lengthOf, type Stretch } from "../../domain/timeline-window.ts";
import { KindLabel } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { go } from "../../place/use-place.ts";
import { useAnswer, useStatus } from "../../server/hooks.ts";

const SHOWN = 20;

/** What happened in the range that is marked: events by kind, and the processes that did most. */
export function RangePanel({ range }: { readonly range: Stretch }): ReactElement {
  const rates = useAnswer("rates", { from: range.from, to: range.to, buckets: 1 });
  const timeline = useAnswer("timeline", { ...range, buckets: 2_000, limit: SHOWN });
  const startedAt = useStatus()?.startedAt ?? "";
  const kinds = KIND_LOOKS.map(({ kind }) => ({ kind, n: rates.data?.series[kind]?.[0] ?? 0 })).filter(
    ({ n }) => n > 0,
  );
  // Samples are listed with the kinds, but nothing happened there.
  const total = kinds.reduce((sum, { kind, n }) => sum + (kind === "sample" ? 0 : n), 0);
  return (
    <section className="range-panel" aria-label="The marked range">
      <div className="section-head">
        <h2>
          {duration(lengthOf(range))} from {instantText(startedAt, range.from)}
        </h2>
        <span className="muted">{plural(total, "event")}</span>
        <button
          type="button"
          className="link-button"
          onClick={() => go({ view: "events", process: undefined, filters: { ...range } })}
        >
          show them
        </button>
        <button
          type="button"
          className="link-button"
          onClick={() =>
            go({ view: "performance", item: "flame", process: undefined, filters: { ...range } })
          }
        >
          flame graph
        </button>
        <button
          type="button"
          className="link-button"
          onClick={() => go(({ filters: { from: _from, to: _to, ...rest } }) => ({ filters: rest }))}
        >
          drop the range
        </button>
      </div>
      <div className="range-columns">
        <ul className="kind-counts" aria-label="Events by kind">
          {kinds.map(({ kind, n }) => (
            <li key={kind}>
              <KindLabel kind={kind} />
              <span className="number">{count(n)}</span>
            </li>
          ))}
        </ul>
        <table className="inventory-table" aria-label="Busiest processes">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col" className="number">
                Events
              </th>
              <th scope="col" className="number">
                In callbacks
              </th>
              <th scope="col" className="number">
                Longest
              </th>
            </tr>
          </thead>
          <tbody>
            {timeline.data?.tracks.map((track) => {
              const sum = sumsIn(timeline.data, track, range);
              return (
                <tr key={track.process.handle}>
                  <td>
                    <ProcessLink process={track.process} />
                  </td>
                  <td className="number">{count(sum.events)}</td>
                  <td className="number">{sum.busyNs === 0 ? "–" : duration(sum.busyNs)}</td>
                  <td className="number">{sum.longestNs === 0 ? "–" : duration(sum.longestNs)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Of whole buckets: at both ends up to one of them too much, a thousandth of the range. */
function sumsIn(
  { from, bucketNs }: Timeline,
  track: Timeline["tracks"][number],
  range: Stretch,
): { readonly events: number; readonly busyNs: number; readonly longestNs: number } {
  const first = Math.max(0, Math.floor((range.from - from) / bucketNs));
  const last = Math.ceil((range.to - from) / bucketNs);
  const sum = (values: readonly number[]): number => values.slice(first, last).reduce((a, b) => a + b, 0);
  return {
    events: sum(track.events),
    busyNs: sum(track.busyNs),
    longestNs: Math.max(0, ...track.longestNs.slice(first, last)),
  };
}
