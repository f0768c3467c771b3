import type { StateChange, StateRow } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { bytes, duration } from "../../domain/format.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { Summary } from "../../parts/summary.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { TermView } from "../../parts/term-view.tsx";
import { useInstant } from "../../place/use-instant.ts";
import { select } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { StateVersions, tookText } from "./state-list.tsx";

const SHOWN = 200;

/** The states of a process: its versions, what changed in each, and what led to it. */
export function StateView({ process }: { readonly process: string }): ReactElement {
  const lastEventId = useLastEventId();
  const instant = useInstant();
  const [wanted, setWanted] = useState<number | undefined>();
  const { data, error } = useAnswer(
    "states",
    {
      process,
      order: "newest_first",
      limit: SHOWN,
      diff: true,
      ...(instant !== undefined && { to: instant }),
    },
    { version: instant === undefined ? lastEventId : 0 },
  );
  if (error && !data) {
    return (
      <StateBox title="The states of this process cannot be shown" tone="failure">
        <p>{error.message}</p>
      </StateBox>
    );
  }
  if (!data) return <LoadingRows rows={10} />;
  if (data.rows.length === 0) {
    return (
      <StateBox title="No state">
        <p>{data.why}</p>
      </StateBox>
    );
  }
  const chosen = data.rows.find((row) => row.id === wanted) ?? data.rows[0];
  return (
    <div className="state-columns">
      <div className="state-side">
        <StateVersions rows={data.rows} chosen={chosen?.id} onChoose={setWanted} />
        {data.more && <p className="muted">The newest {SHOWN}.</p>}
      </div>
      {chosen && <Version key={chosen.id} row={chosen} />}
    </div>
  );
}

function Version({ row }: { readonly row: StateRow }): ReactElement {
  return (
    <div className="state-version">
      <section>
        <div className="section-head">
          <h2 className="minor">{row.callback ?? row.function ?? "State"}</h2>
          <span className="muted">{timesText(row)}</span>
        </div>
        <Cause row={row} />
        {row.reason && (
          <p className="failed">
            ends: <TermInline text={row.reason.text} />
          </p>
        )}
      </section>
      <Changes row={row} />
      <section>
        <div className="section-head">
          <h2 className="minor">State</h2>
          <span className="muted">
            {bytes(row.state.bytes)}
            {EXTENT[row.extent]}
          </span>
        </div>
        <TermView text={row.state.text} />
      </section>
    </div>
  );
}

const EXTENT: Readonly<Record<StateRow["extent"], string>> = {
  whole: "",
  cut: ", cut: parts of it were too large to be recorded",
  not_copied: ": it is too large to be recorded each time",
};

function timesText(row: StateRow): string {
  const took = tookText(row);
  const waited = row.waitedNs === null ? "" : `its message had waited ${duration(row.waitedNs)}`;
  return [took && `took ${took}`, waited, row.postponed ? "postponed" : ""].filter(Boolean).join(", ");
}

function Cause({ row }: { readonly row: StateRow }): ReactElement | null {
  const { cause } = row;
  if (!cause) return row.occasion === "" ? null : <p className="muted">{row.occasion}</p>;
  return (
    <ul className="recent">
      <li>
        <button type="button" onClick={() => select({ type: "event", id: cause.id })}>
          <KindMark kind={cause.kind} />
          <Summary row={cause} />
          {!row.causeCertain && <span className="muted">probably</span>}
        </button>
      </li>
    </ul>
  );
}

function Changes({ row }: { readonly row: StateRow }): ReactElement | null {
  const { diff } = row;
  if (!diff) return null;
  const nothing = diff.changes.length === 0 && diff.unknown.length === 0;
  return (
    <section>
      <h2 className="minor">{nothing ? "Nothing changed" : "Changed"}</h2>
      <dl className="state-changes">
        {diff.changes.map((change) => (
          <Change key={`${change.path} ${change.before === null ? "+" : "-"}`} change={change} />
        ))}
      </dl>
      {diff.unknown.map((path) => (
        <p key={path} className="muted">
          {path || "The state"}: not known, it was too large to be recorded.
        </p>
      ))}
      {diff.more && <p className="muted">There is more than these.</p>}
    </section>
  );
}

function Change({ change }: { readonly change: StateChange }): ReactElement {
  return (
    <>
      <dt className="mono">{change.path || "all of it"}</dt>
      <dd className="mono">
        {change.before !== null && (
          <del>
            <TermInline text={change.before} />
          </del>
        )}
        {change.after !== null && (
          <ins>
            <TermInline text={change.after} />
          </ins>
        )}
      </dd>
    </>
  );
}
