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
}

/** Whatever stands for a process leads to its page, and says on hover or focus who it is. */
export function ProcessLink({ process, withPid = false, quiet = false }: Props): ReactElement {
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
      {withPid && process.label !== process.pid && <span className="pid"> {process.pid}</span>}
      {card}
    </>
  );
}
