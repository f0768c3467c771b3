import type { ChannelRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime, duration, offset, plural } from "../../domain/format.ts";
import { LifeDot } from "../../parts/life-dot.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { AnswerBox } from "./answer-box.tsx";
import { FlowButton } from "./flow-button.tsx";
import { newestOnly, WebList } from "./web-list.tsx";

const SHOWN = 200;

/** Processes of channels, the newest first; the one that is `open` with all that went in and out. */
export function ChannelList({ open }: { readonly open: string | undefined }): ReactElement {
  const answer = useAnswerAt("channels", { limit: SHOWN });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="No channel yet">
          <p>Joins of Phoenix channels are recorded at every level, refused ones too. Join a topic.</p>
        </StateBox>
      }
    >
      {({ rows, complete }) => (
        <WebList
          label="Channels"
          rows={rows}
          renderLine={(row) => <ChannelEntry row={row} open={open === String(row.id)} />}
          cut={newestOnly(rows, complete)}
        />
      )}
    </AnswerBox>
  );
}

function ChannelEntry({ row, open }: { readonly row: ChannelRow; readonly open: boolean }): ReactElement {
  return (
    <>
      <button
        type="button"
        className="web-line channel-line"
        aria-expanded={open}
        onClick={() => go({ item: open ? undefined : String(row.id), selection: undefined })}
      >
        <LifeDot alive={row.joined && row.endedAt === null} />
        <span className="mono muted">{clockTime(row.at).slice(0, 12)}</span>
        <span className="mono ellipsis">{row.topic}</span>
        <span className="ellipsis">{row.channel ?? ""}</span>
        <span className={row.joined ? "muted ellipsis" : "failed ellipsis"}>{howText(row)}</span>
        <span className="number muted">{plural(row.steps.length, "step")}</span>
      </button>
      {open && <ChannelDetail row={row} />}
    </>
  );
}

function howText({ joined, joinNs, endedAt }: ChannelRow): string {
  const took = joinNs === null ? "" : ` in ${duration(joinNs)}`;
  if (!joined) return `refused${took}`;
  return `joined${took}${endedAt === null ? "" : `, left at ${offset(endedAt)}`}`;
}

function ChannelDetail({ row }: { readonly row: ChannelRow }): ReactElement {
  return (
    <div className="web-detail">
      <dl className="facts">
        {row.process && (
          <>
            <dt>process</dt>
            <dd>
              <ProcessLink process={row.process} withPid />
            </dd>
          </>
        )}
        <dt>topic</dt>
        <dd>
          <button
            type="button"
            className="link-button mono"
            onClick={() => go({ section: "topics", item: row.topic, selection: undefined })}
          >
            {row.topic}
          </button>
        </dd>
        <dt>event</dt>
        <dd>
          <button type="button" className="link-button" onClick={() => select({ type: "event", id: row.id })}>
            #{row.id}
          </button>
        </dd>
      </dl>
      {row.steps.length === 0 && <p className="muted">Nothing went in or out of it so far.</p>}
      <ul className="steps" aria-label={`Steps of ${row.topic}`}>
        {row.steps.map((step) => (
          <li key={step.id}>
            <span className="step-line">
              <button type="button" className="step" onClick={() => select({ type: "event", id: step.id })}>
                <span className="mono muted">{offset(step.t)}</span>
                <span>{step.type.replaceAll("_", " ")}</span>
                <span className="ellipsis">
                  {step.name} {step.detail && <TermInline text={step.detail.text} />}
                </span>
                <span className="number muted">
                  {step.durationNs === null ? "" : duration(step.durationNs)}
                </span>
              </button>
              <FlowButton flow={step.flow} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
