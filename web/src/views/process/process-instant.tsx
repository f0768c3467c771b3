import type { SnapshotMailbox, SnapshotRow } from "elixirscope/protocol";
import type { ReactElement, ReactNode } from "react";
import { bytes, clockTime, count, offset, plural } from "../../domain/format.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { Summary } from "../../parts/summary.tsx";
import { TermView } from "../../parts/term-view.tsx";
import { select } from "../../place/use-place.ts";
import { useSnapshot } from "../../server/at-instant.ts";
import { known, Relation } from "./process-relations.tsx";

/** A process as it was at the cursor's instant: state, mailbox, links, monitors, topics; or why that is not known. */
export function ProcessInstant({ process }: { readonly process: string }): ReactElement {
  const { data, error } = useSnapshot({ process });
  if (error && !data) {
    return (
      <StateBox title="This instant cannot be shown" tone="failure">
        <p>{error.message}</p>
      </StateBox>
    );
  }
  if (!data) return <LoadingRows rows={10} />;
  const row = data.rows[0];
  const away = data.nodes.find(({ observed }) => !observed);
  if (!row) {
    return (
      <StateBox title="Not alive at this instant">
        {away && (
          <p>
            {away.name}: {away.why}
          </p>
        )}
      </StateBox>
    );
  }
  return (
    <>
      <InstantFacts row={row} />
      <InstantState row={row} />
      <InstantMailbox mailbox={row.mailbox} />
      <div className="relations">
        <Relation name="Links" processes={row.links} />
        <Relation name="Monitors" processes={known(row.monitors?.monitors ?? [])} />
        <Relation name="Monitored by" processes={known(row.monitors?.monitoredBy ?? [])} />
      </div>
      {row.subscriptions.length > 0 && (
        <section>
          <h2 className="minor">Topics</h2>
          <p className="mono wrap">{row.subscriptions.map(({ topic }) => topic).join(", ")}</p>
        </section>
      )}
    </>
  );
}

function InstantFacts({ row }: { readonly row: SnapshotRow }): ReactElement {
  return (
    <dl className="facts">
      <Fact name="pid">
        <span className="mono">{row.pid}</span> <span className="muted mono">{row.handle}</span>
      </Fact>
      {row.name && (
        <Fact name="name">
          <span className="mono">{row.name}</span>
        </Fact>
      )}
      {row.names.length > 0 && <Fact name="also named">{row.names.join(", ")}</Fact>}
      {row.application && <Fact name="application">{row.application}</Fact>}
      <Fact name="started by">
        <span className="mono wrap">{row.initialCall || "–"}</span>
      </Fact>
      {row.parent && (
        <Fact name="parent">
          <ProcessLink process={row.parent} />
        </Fact>
      )}
      {row.supervisor && (
        <Fact name="supervisor">
          <ProcessLink process={row.supervisor} />
        </Fact>
      )}
      {row.spawnedAt !== null && row.spawnedAt > 0 && <Fact name="since">{offset(row.spawnedAt)}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function InstantState({ row }: { readonly row: SnapshotRow }): ReactElement {
  const { state, callback } = row;
  return (
    <section aria-label="State at this instant">
      <div className="section-head">
        <h2 className="minor">State</h2>
        {state && (
          <button
            type="button"
            className="link-button"
            onClick={() => select({ type: "event", id: state.id })}
          >
            since {offset(state.t)}
          </button>
        )}
        {state && <span className="muted">{bytes(state.term.bytes)}</span>}
      </div>
      {state ? <TermView text={state.term.text} /> : <p className="muted">{row.stateWhy}</p>}
      {callback && (
        <ul className="recent">
          <li>
            <button type="button" onClick={() => select({ type: "event", id: callback.id })}>
              <KindMark kind={callback.kind} />
              <span className="muted">in a callback</span>
              <Summary row={callback} />
            </button>
          </li>
        </ul>
      )}
    </section>
  );
}

function InstantMailbox({ mailbox }: { readonly mailbox: SnapshotMailbox }): ReactElement {
  return (
    <section aria-label="Mailbox at this instant">
      <div className="section-head">
        <h2 className="minor">Mailbox</h2>
        <span className="muted">{lengthWords(mailbox)}</span>
      </div>
      {mailbox.why && <p className="muted">{mailbox.why}</p>}
      <ul className="recent">
        {mailbox.messages.map(({ event, from, sure }) => (
          <li key={event.id}>
            <button type="button" onClick={() => select({ type: "event", id: event.id })}>
              <KindMark kind={event.kind} />
              <span className="mono muted">{clockTime(event.at).slice(0, 12)}</span>
              <Summary row={event} />
              <span className="muted">
                {from && `from ${from.label}`}
                {!sure && ", perhaps"}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How many messages waited, as exactly as that is known. */
export function lengthWords({ length, atLeast, atMost, sampled }: SnapshotMailbox): string {
  if (length !== null) return length === 0 ? "empty" : plural(length, "message");
  if (atMost !== null) return `${count(atLeast)} to ${count(atMost)} messages`;
  return sampled === null ? "not known" : `${count(sampled)} in the last sample`;
}
