import { Search } from "lucide-react";
import type { ReactElement } from "react";
import { count } from "../../domain/format.ts";
import { focusList } from "../../parts/focus-list.ts";
import { InstantNote } from "../../parts/instant-note.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import type { ProcessOptions } from "../../place/place.ts";
import { useInstant } from "../../place/use-instant.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { useStatus } from "../../server/hooks.ts";
import { ProcessTable } from "./process-table.tsx";
import { ProcessTree } from "./process-tree.tsx";
import { SnapshotTable } from "./snapshot-table.tsx";

const change = (options: Partial<ProcessOptions>, replace = false): void =>
  go(({ processes }) => ({ processes: { ...processes, ...options } }), { replace });

/** Every process of the node, the dead too: as the tree that supervises them, or as a table. */
export function ProcessesView(): ReactElement {
  const { processes } = usePlace();
  const instant = useInstant();
  const status = useStatus();
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Processes</h1>
        <Segmented
          label="Show as"
          value={processes.mode}
          options={[
            { value: "tree", text: "Tree" },
            { value: "table", text: "Table" },
          ]}
          onChange={(mode) => change({ mode })}
        />
        {(instant === undefined || processes.mode === "tree") && (
          <Segmented
            label="Which processes"
            value={processes.liveness}
            options={[
              { value: "alive", text: "Alive" },
              { value: "all", text: "All" },
              { value: "dead", text: "Ended" },
            ]}
            onChange={(liveness) => change({ liveness })}
          />
        )}
        <label className="search">
          <Search size={14} aria-hidden="true" />
          <input
            type="search"
            data-search
            aria-label="Search processes"
            placeholder="name, pid, module"
            spellCheck={false}
            value={processes.search}
            onChange={({ target }) => change({ search: target.value }, true)}
            onKeyDown={(event) => {
              if (event.key !== "Escape") return;
              event.preventDefault();
              focusList();
            }}
          />
          <kbd>/</kbd>
        </label>
        <span className="toolbar-end muted">
          {instant === undefined && status && `${count(status.processesAlive)} alive`}
          <InstantNote />
        </span>
      </div>
      {processes.mode === "tree" && <ProcessTree options={processes} />}
      {processes.mode === "table" &&
        (instant === undefined ? (
          <ProcessTable options={processes} />
        ) : (
          <SnapshotTable search={processes.search} />
        ))}
    </div>
  );
}
