import type { LineMoment, SourceAnswer } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { offset, plural } from "../../domain/format.ts";
import { type LineLook, STATE_WORDS } from "../../domain/line-states.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";

interface Props {
  readonly source: SourceAnswer;
  readonly line: number;
  readonly look: LineLook;
}

/** What is known of one line: how often it ran, its events, and what was bound there each time. */
export function LinePanel({ source: { module }, line, look: { state, row } }: Props): ReactElement {
  const { data, error } = useAnswerAt("lineHistory", { module, line });
  const events = (): void =>
    go({
      view: "events",
      process: undefined,
      filters: { kinds: ["line"], mfa: module, tag: String(line) },
    });
  return (
    <section className="line-panel" aria-label={`Line ${line}`}>
      <div className="section-head">
        <h2>Line {line}</h2>
        <span className="muted">
          {state === "ran" ? `ran ${plural(row!.count, "time")}` : STATE_WORDS[state]}
        </span>
        {state === "ran" && (
          <button type="button" className="link-button" onClick={events}>
            its events
          </button>
        )}
        {row?.lastId != null && (
          <button
            type="button"
            className="link-button"
            onClick={() => select({ type: "event", id: row.lastId! })}
          >
            the last one
          </button>
        )}
        <button type="button" className="link-button" onClick={() => go({ line: undefined })}>
          close
        </button>
      </div>
      {error && !data && <p className="failed">{error.message}</p>}
      {data && data.rows.length === 0 && (
        <p className="muted">No value was seen to be bound here before the cursor.</p>
      )}
      {data && data.rows.length > 0 && (
        <ol className="line-history" aria-label={`Values at line ${line}, newest first`}>
          {data.rows.map((moment) => (
            <Moment key={moment.id} moment={moment} />
          ))}
        </ol>
      )}
      {data && !data.complete && (
        <p className="muted">Older ones are not shown. Move the cursor back to see them.</p>
      )}
    </section>
  );
}

function Moment({ moment: { id, t, process, values } }: { readonly moment: LineMoment }): ReactElement {
  return (
    <li>
      <button
        type="button"
        className="link-button mono"
        title="Go to this instant, and select the event"
        onClick={() => go({ cursor: t, selection: { type: "event", id } })}
      >
        {offset(t)}
      </button>
      <span className="ellipsis">{process && <ProcessLink process={process} />}</span>
      <span className="ellipsis">
        {values.map(({ name, value }) => (
          <span key={name} className="line-value">
            {name} = <TermInline text={value.text} />
          </span>
        ))}
      </span>
    </li>
  );
}
