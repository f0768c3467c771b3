import type { ProcessDetail, StateRow } from "elixirscope/protocol";
import { Fragment, type ReactElement, useMemo } from "react";
import { bytes, count, duration, offset, plural } from "../../domain/format.ts";
import { lifeline } from "../../domain/lifeline.ts";
import { relationMap } from "../../domain/relation-map.ts";
import { LineChart } from "../../parts/chart/line-chart.tsx";
import { GraphView } from "../../parts/graph/graph-view.tsx";
import { LoadingRows } from "../../parts/state-box.tsx";
import { useInstant } from "../../place/use-instant.ts";
import { go, select } from "../../place/use-place.ts";
import { useAnswer, useLastEventId, useStatus } from "../../server/hooks.ts";
import { known } from "./process-relations.tsx";

const CALLBACKS = 500;
const POINTS = 300;
const CHART = 160;
const EVERY_MS = 2_000;

/** A process over its life, until the cursor's instant: what it did when, its memory and mailbox, whom it has to do with. */
export function ProcessLife({ process }: { readonly process: ProcessDetail }): ReactElement {
  return (
    <div className="process-life">
      <Callbacks process={process} />
      <Samples process={process} />
      <Work process={process} />
      <Related process={process} />
    </div>
  );
}

/** What a question is asked of: everything until the cursor's instant, kept current while live. */
function useUntil(): readonly [
  { readonly to?: number },
  { readonly version: number; readonly everyMs: number },
] {
  const instant = useInstant();
  const version = useLastEventId();
  return [
    instant === undefined ? {} : { to: instant },
    { version: instant === undefined ? version : 0, everyMs: EVERY_MS },
  ];
}

function Callbacks({ process }: { readonly process: ProcessDetail }): ReactElement {
  const [until, watch] = useUntil();
  const now = useStatus()?.t ?? 0;
  const { data } = useAnswer(
    "states",
    { process: process.handle, order: "newest_first", limit: CALLBACKS, ...until },
    watch,
  );
  if (!data) return <LoadingRows rows={3} />;
  const end = Math.min(process.exitedAt ?? now, until.to ?? now);
  return (
    <section aria-label="Callbacks over time">
      <div className="section-head">
        <h2 className="minor">What it did when</h2>
        <span className="muted">
          {data.rows.length === 0
            ? ""
            : `${plural(data.rows.length, "callback")}${data.more ? ", the newest" : ""}`}
        </span>
      </div>
      {data.rows.length === 0 ? (
        <p className="muted">{data.why}</p>
      ) : (
        <Line rows={data.rows} begin={data.more ? null : process.spawnedAt} end={end} />
      )}
    </section>
  );
}

interface LineProps {
  readonly rows: readonly StateRow[];
  readonly begin: number | null;
  readonly end: number;
}

/** Bars for callbacks, a thin line before each for the wait of its message, a diamond where the state changed. */
function Line({ rows, begin, end }: LineProps): ReactElement {
  const line = useMemo(() => lifeline(rows, begin, end), [rows, begin, end]);
  const part = (share: number): string => `${share * 100}%`;
  return (
    <>
      {/* The tab State has the same callbacks as a list, for the keyboard and for those who cannot see it. */}
      <div className="lifeline" aria-hidden="true">
        {line.marks.map(({ row, from, width, waited }) => (
          <Fragment key={row.id}>
            {waited > 0 && (
              <span className="life-wait" style={{ left: part(from - waited), width: part(waited) }} />
            )}
            <button
              type="button"
              tabIndex={-1}
              className={row.reason === null ? "life-mark" : "life-mark failed"}
              style={{ left: part(from), width: part(width) }}
              title={markText(row)}
              onClick={() => select({ type: "event", id: row.id })}
            />
            {row.changed && <span className="life-change" style={{ left: part(from + width) }} />}
          </Fragment>
        ))}
      </div>
      <p className="lifeline-ends muted mono">
        <span>{offset(line.from)}</span>
        <span>{offset(line.to)}</span>
      </p>
    </>
  );
}

const markText = (row: StateRow): string =>
  [
    row.callback ?? row.function ?? "state",
    offset(row.t),
    row.durationNs === null ? "" : `took ${duration(row.durationNs)}`,
    row.waitedNs === null ? "" : `waited ${duration(row.waitedNs)}`,
    row.changed ? "changed the state" : "",
  ]
    .filter(Boolean)
    .join(", ");

function Samples({ process }: { readonly process: ProcessDetail }): ReactElement {
  const [until, watch] = useUntil();
  const startedAt = useStatus()?.startedAt ?? "";
  const { data } = useAnswer("history", { process: process.handle, points: POINTS, ...until }, watch);
  const origin = (Date.parse(startedAt) || 0) / 1e3;
  const x = useMemo(() => data?.points.map(({ t }) => origin + t / 1e9) ?? [], [data, origin]);
  const memory = useMemo(
    () => [{ name: "memory", values: data?.points.map((one) => one.memory) ?? [] }],
    [data],
  );
  const mailbox = useMemo(
    () => [{ name: "messages", values: data?.points.map((one) => one.mailbox) ?? [] }],
    [data],
  );
  if (!data) return <LoadingRows rows={6} />;
  if (data.points.length === 0) return <p className="muted">No sample of it was taken until then.</p>;
  const chart = {
    x,
    xName: "time",
    isTime: true,
    height: CHART,
    onPoint: (at: number) => go({ cursor: Math.round((at - origin) * 1e9) }),
  };
  const most = (of: "memory" | "mailbox"): number => Math.max(...data.points.map((point) => point[of]));
  return (
    <div className="life-charts">
      <section>
        <h2 className="minor">Memory</h2>
        <LineChart
          {...chart}
          lines={memory}
          label={`Memory over time: ${plural(data.points.length, "point")}, at most ${bytes(most("memory"))}`}
          text={bytes}
        />
      </section>
      <section>
        <h2 className="minor">Mailbox</h2>
        <LineChart
          {...chart}
          lines={mailbox}
          label={`Mailbox over time: ${plural(data.points.length, "point")}, at most ${plural(most("mailbox"), "message")}`}
          text={count}
        />
      </section>
    </div>
  );
}

/** What its callbacks cost, and how long messages waited for them. */
function Work({ process }: { readonly process: ProcessDetail }): ReactElement | null {
  const [until, watch] = useUntil();
  const { data: hot } = useAnswer("hot", { process: process.handle, limit: 20, ...until }, watch);
  const { data: waits } = useAnswer("waits", { process: process.handle, limit: 1, ...until }, watch);
  if (!hot || hot.rows.length === 0) return null;
  const wait = waits?.rows[0]?.mailbox;
  return (
    <section>
      <div className="section-head">
        <h2 className="minor">Callbacks</h2>
        {wait && wait.count > 0 && (
          <span className="muted">
            messages waited {duration(wait.p50 ?? 0)} (half of them), {duration(wait.p95 ?? 0)} (95 of 100)
          </span>
        )}
      </div>
      <table className="inventory-table" aria-label="Callbacks">
        <thead>
          <tr>
            <th scope="col">function</th>
            <th scope="col" className="number">
              times
            </th>
            <th scope="col" className="number">
              in all
            </th>
            <th scope="col" className="number">
              longest
            </th>
            <th scope="col" className="number">
              failed
            </th>
          </tr>
        </thead>
        <tbody>
          {hot.rows.map((row) => (
            <tr key={`${row.type} ${row.name}`}>
              <td className="mono">{row.name}</td>
              <td className="number">{count(row.count)}</td>
              <td className="number">{duration(row.totalNs)}</td>
              <td className="number">{row.mostNs === null ? "–" : duration(row.mostNs)}</td>
              <td className={row.failed > 0 ? "number failed" : "number muted"}>{count(row.failed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Links and monitors; at the cursor's instant those of then. */
function Related({ process }: { readonly process: ProcessDetail }): ReactElement | null {
  const instant = useInstant();
  const { data } = useAnswer(
    "snapshotAt",
    { t: instant ?? 0, process: process.handle },
    { enabled: instant !== undefined },
  );
  const then = instant === undefined ? undefined : data?.rows[0];
  const map = useMemo(() => {
    if (instant !== undefined && !then) return undefined;
    return relationMap(
      process,
      then
        ? {
            parent: then.parent,
            links: then.links,
            monitors: known(then.monitors?.monitors ?? []),
            monitoredBy: known(then.monitors?.monitoredBy ?? []),
            children: [],
          }
        : {
            ...process,
            monitors: known(process.monitors),
            monitoredBy: known(process.monitoredBy),
          },
    );
  }, [process, then, instant]);
  if (!map || map.edges.length === 0) return null;
  return (
    <section>
      <h2 className="minor">Links and monitors</h2>
      <GraphView
        label="Links and monitors of the process"
        nodes={map.nodes}
        edges={map.edges}
        chosen={undefined}
        onNode={(id) => id.startsWith("p-") && go({ view: "process", process: id, selection: undefined })}
      />
    </section>
  );
}
