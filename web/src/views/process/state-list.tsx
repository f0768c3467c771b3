import type { StateRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { clockTime, duration } from "../../domain/format.ts";
import { KindMark } from "../../parts/kind-mark.tsx";

interface Props {
  readonly rows: readonly StateRow[];
  readonly chosen: number | undefined;
  readonly onChoose: (id: number) => void;
}

/** Versions of a state, newest first: when, by which callback, how long it took. */
export function StateVersions({ rows, chosen, onChoose }: Props): ReactElement {
  return (
    <ul className="recent state-versions" aria-label="Versions of the state">
      {rows.map((row) => (
        <li key={row.id}>
          <button
            type="button"
            aria-current={row.id === chosen ? "true" : undefined}
            onClick={() => onChoose(row.id)}
          >
            <KindMark kind="state" failed={row.reason !== null} />
            <span className="mono muted" title={clockTime(row.at)}>
              {clockTime(row.at).slice(0, 12)}
            </span>
            <span className={row.changed === false ? "muted" : undefined}>{versionTitle(row)}</span>
            <span className="mono muted">{tookText(row)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The callback without its module, which is the same in all rows. */
const versionTitle = (row: StateRow): string =>
  `${row.callback?.replace(/^.*\.(?=[^.]+\/\d+$)/, "") ?? (row.reason ? "ended" : "shown")}${row.changed === false ? ", unchanged" : ""}`;

export const tookText = ({ durationNs, durationExact }: StateRow): string =>
  durationNs === null ? "" : `${durationExact ? "" : "≤ "}${duration(durationNs)}`;
