import type { CauseLink, ChangeAnswer } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime } from "../../domain/format.ts";
import type { Kind } from "../../domain/kinds.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { LoadingRows } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { go, select } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";

interface Props {
  readonly process: string;
  /** Id of the version that is looked at: nothing later counts. */
  readonly version: number;
  readonly path: string;
  readonly onClose: () => void;
}

/** When a value changed last, from what to what, and what led to it, back to where that began. */
export function ValueChange({ process, version, path, onClose }: Props): ReactElement {
  const { data, error } = useAnswer("lastChange", { process, path, cursor: version + 1 });
  return (
    <section className="value-change" aria-label="When did this change?">
      <div className="section-head">
        <h2 className="minor">
          When did <span className="mono">{path}</span> change?
        </h2>
        <button type="button" className="link-button" onClick={onClose}>
          close
        </button>
      </div>
      {error && <p className="failed">{error.message}</p>}
      {!data && !error && <LoadingRows rows={3} />}
      {data && <Answer data={data} />}
    </section>
  );
}

function Answer({ data }: { readonly data: ChangeAnswer }): ReactElement {
  const { state } = data;
  if (!state) return <p className="muted">{data.why}</p>;
  return (
    <>
      <p>
        <button
          type="button"
          className="link-button"
          onClick={() => go({ selection: { type: "event", id: state.id }, cursor: state.t })}
        >
          at {clockTime(state.at)}
        </button>{" "}
        {state.callback && <span className="muted">in {state.callback}</span>}
      </p>
      <div className="state-changes value-pair mono">
        {data.before !== null && (
          <del>
            <TermInline text={data.before} />
          </del>
        )}
        {data.after !== null && (
          <ins>
            <TermInline text={data.after} />
          </ins>
        )}
      </div>
      <ol className="recent cause-chain" aria-label="What led to it">
        {data.chain.map((link) => (
          <Cause key={`${link.type} ${link.events.join(" ")}`} link={link} />
        ))}
      </ol>
      {data.more && <p className="muted">There are earlier changes.</p>}
    </>
  );
}

const MARKS: Readonly<Record<CauseLink["type"], Kind>> = {
  callback: "dispatch",
  message: "send",
  timer: "timer",
  entry: "flow_start",
  spawn: "spawn",
  process: "process",
};

function Cause({ link }: { readonly link: CauseLink }): ReactElement {
  const [id] = link.events;
  return (
    <li>
      <button
        type="button"
        disabled={id === undefined}
        onClick={() => id !== undefined && select({ type: "event", id })}
      >
        <KindMark kind={MARKS[link.type]} />
        <span className="mono muted">{clockTime(link.at).slice(0, 12)}</span>
        <span className="sort">{link.type}</span>
        <TermInline text={link.summary} />
        {!link.certain && <span className="muted">probably</span>}
      </button>
      <span className="cause-who muted">
        {link.process && (
          <>
            by <ProcessLink process={link.process} />
          </>
        )}
        {link.why && ` ${link.why}`}
      </span>
    </li>
  );
}
