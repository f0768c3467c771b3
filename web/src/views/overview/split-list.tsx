import type { Status } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { duration, timeOfDay } from "../../domain/format.ts";
import { go } from "../../place/use-place.ts";

/** When nodes did not see each other though both were there, the newest first; a click goes to the instant. */
export function SplitList({ status }: { readonly status: Status }): ReactElement | null {
  if (status.splits.length === 0) return null;
  const originMs = Date.parse(status.startedAt) || 0;
  return (
    <ul className="gap-list" aria-label="Nodes that lost each other">
      {status.splits.toReversed().map((split) => (
        <li key={`${split.from}-${split.nodes.join("-")}`}>
          <button
            type="button"
            className="gap-entry"
            title={`${split.nodes.join(" and ")} did not see each other`}
            onClick={() => go({ cursor: split.from })}
          >
            <span className="mono muted">{timeOfDay(originMs + split.from / 1e6, true)}</span>
            <span className="failed ellipsis">
              {split.nodes.map(shortName).join(" and ")} lost each other
            </span>
            <span className="number muted">
              {split.to === null ? "still" : `for ${duration(split.to - split.from)}`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const shortName = (node: string): string => node.split("@")[0]!;
