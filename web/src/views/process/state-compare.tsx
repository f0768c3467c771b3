import type { StateDiff, StateRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime } from "../../domain/format.ts";
import { TermInline } from "../../parts/term-inline.tsx";
import { useAnswer } from "../../server/hooks.ts";

interface Props {
  readonly process: string;
  readonly row: StateRow;
  /** All versions on screen: what it can be compared with. */
  readonly versions: readonly StateRow[];
  /** Id of the version to compare with; nothing: the one before. */
  readonly base: number | undefined;
  readonly onBase: (id: number | undefined) => void;
  readonly onWhen: (path: string) => void;
}

/** What is other in this version than in the one before, or in any other one. */
export function StateCompare({ process, row, versions, base, onBase, onWhen }: Props): ReactElement {
  const other = base === undefined ? undefined : { process, cursor: base };
  const answer = useAnswer(
    "diff",
    { a: other ?? { process, cursor: row.id }, b: { process, cursor: row.id } },
    { enabled: other !== undefined },
  );
  const diff = other ? answer.data?.diff : row.diff;
  return (
    <section aria-label="What changed">
      <div className="section-head">
        <h2 className="minor">{diff && isSame(diff) ? "Nothing changed" : "Changed"}</h2>
        <label className="compare-with">
          <span className="muted">since</span>
          <select
            value={base ?? ""}
            onChange={({ target }) => onBase(target.value === "" ? undefined : Number(target.value))}
          >
            <option value="">the version before</option>
            {versions
              .filter(({ id }) => id !== row.id)
              .map(({ id, at, callback }) => (
                <option key={id} value={id}>
                  {clockTime(at)} {callback ?? ""}
                </option>
              ))}
          </select>
        </label>
      </div>
      {answer.error && <p className="failed">{answer.error.message}</p>}
      {!diff && !answer.error && (
        <p className="muted">{other ? (answer.data?.why ?? "Asking…") : "There is no version before."}</p>
      )}
      {diff && <Changes diff={diff} onWhen={onWhen} />}
    </section>
  );
}

const isSame = ({ changes, unknown }: StateDiff): boolean => changes.length === 0 && unknown.length === 0;

function Changes({
  diff,
  onWhen,
}: {
  readonly diff: StateDiff;
  readonly onWhen: Props["onWhen"];
}): ReactElement {
  return (
    <>
      <dl className="state-changes">
        {diff.changes.map(({ path, iex, before, after }) => (
          <div key={`${path} ${before === null ? "+" : "-"}`} className="state-change">
            <dt className="mono">
              {path || "all of it"}
              {iex && isCondition(iex) && (
                <button type="button" className="link-button" onClick={() => onWhen(iex)}>
                  when?
                </button>
              )}
            </dt>
            <dd className="mono">
              {before !== null && (
                <del>
                  <TermInline text={before} />
                </del>
              )}
              {after !== null && (
                <ins>
                  <TermInline text={after} />
                </ins>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {diff.unknown.map((path) => (
        <p key={path} className="muted">
          {path || "The state"}: not known, it was too large to be recorded.
        </p>
      ))}
      {diff.more && <p className="muted">There is more than these.</p>}
    </>
  );
}

/** Guards have fields and elements, but no access by other keys, and no functions of modules. */
const isCondition = (iex: string): boolean => /^[\w.]+$/.test(iex) || /^elem\([\w.]+, \d+\)$/.test(iex);
