import type { StateRow } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { bytes, duration } from "../../domain/format.ts";
import { copyTerm } from "../../frame/copy-term.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { Summary } from "../../parts/summary.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { TermTreeView } from "../../parts/term-tree-view.tsx";
import { useInstant } from "../../place/use-instant.ts";
import { go, select, usePlace } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { StateCompare } from "./state-compare.tsx";
import { StateVersions, tookText } from "./state-list.tsx";
import { ValueChange } from "./value-change.tsx";

const SHOWN = 200;

/** The states of a process: its versions, what changed in each, and what led to it. */
export function StateView({ process }: { readonly process: string }): ReactElement {
  const lastEventId = useLastEventId();
  const instant = useInstant();
  const { details } = usePlace();
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
  const chosen = data.rows.find((row) => row.id === details.version) ?? data.rows[0];
  // What the URL says of another process means nothing here.
  const base = data.rows.find((row) => row.id === details.base)?.id;
  const choose = (version: number): void =>
    go(({ details: others }) => ({ details: { ...others, version, base: undefined } }));
  const compare = (other: number | undefined): void =>
    go(({ details: others }) => ({ details: { ...others, version: chosen?.id, base: other } }));
  return (
    <div className="state-columns">
      <div className="state-side">
        <StateVersions rows={data.rows} chosen={chosen?.id} onChoose={choose} />
        {data.more && <p className="muted">The newest {SHOWN}.</p>}
      </div>
      {chosen && (
        <Version
          key={chosen.id}
          process={process}
          row={chosen}
          versions={data.rows}
          base={base}
          onBase={compare}
        />
      )}
    </div>
  );
}

interface VersionProps {
  readonly process: string;
  readonly row: StateRow;
  readonly versions: readonly StateRow[];
  readonly base: number | undefined;
  readonly onBase: (id: number | undefined) => void;
}

function Version({ process, row, versions, base, onBase }: VersionProps): ReactElement {
  const [path, setPath] = useState<string | undefined>();
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
      {path !== undefined && (
        <ValueChange process={process} version={row.id} path={path} onClose={() => setPath(undefined)} />
      )}
      <StateCompare
        process={process}
        row={row}
        versions={versions}
        base={base}
        onBase={onBase}
        onWhen={setPath}
      />
      <section aria-label="Whole state">
        <div className="section-head">
          <h2 className="minor">State</h2>
          <span className="muted">
            {bytes(row.state.bytes)}
            {EXTENT[row.extent]}
          </span>
          <button type="button" className="link-button" onClick={() => void copyTerm(row.id)}>
            copy as Elixir
          </button>
        </div>
        <WholeState row={row} onWhen={setPath} />
      </section>
    </div>
  );
}

/** The list has the beginning of a long state; here is all of it. */
function WholeState({
  row,
  onWhen,
}: {
  readonly row: StateRow;
  readonly onWhen: (path: string) => void;
}): ReactElement {
  const { data } = useAnswer("event", { id: row.id }, { enabled: row.state.truncated });
  return <TermTreeView key={row.id} text={data?.term.text ?? row.state.text} onWhen={onWhen} />;
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
