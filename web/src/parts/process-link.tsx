import type { ProcessRef } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { useHref } from "../place/use-place.ts";
import { useHoverCard } from "./hover-card.tsx";
import { ProcessCard } from "./process-card.tsx";

interface Props {
  readonly process: ProcessRef;
  /** Show the pid after the label. */
  readonly withPid?: boolean;
  /** Out of the tab order: in long lists the row is the stop, not each of its links. */
  readonly quiet?: boolean;
  /** Its node is said already by where it stands. */
  readonly here?: boolean;
}

/** On which node it is, where there are several. */
export const NodeOf = ({ process }: { readonly process: ProcessRef }): ReactElement | null =>
  process.node === undefined ? null : <span className="node-of">@{process.node}</span>;

/** Whatever stands for a process leads to its page, and says on hover or focus who it is. */
export function ProcessLink({ process, withPid = false, quiet = false, here = false }: Props): ReactElement {
  const href = useHref();
  const { handlers, card } = useHoverCard(() => <ProcessCard process={process.handle} />);
  return (
    <>
      <Link
        href={href({ view: "process", process: process.handle, selection: undefined })}
        className={process.name || process.label !== process.pid ? "process-link" : "process-link anonymous"}
        tabIndex={quiet ? -1 : 0}
        {...handlers}
      >
        {process.label}
      </Link>
      {!here && <NodeOf process={process} />}
      {withPid && process.label !== process.pid && <span className="pid"> {process.pid}</span>}
      {card}
    </>
  );
}
