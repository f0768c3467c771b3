import type { ReactElement } from "react";
import { StateBox } from "../../parts/state-box.tsx";
import type { ProcessOptions } from "../../place/place.ts";
import { go } from "../../place/use-place.ts";
import { useStatus } from "../../server/hooks.ts";

const drop = (change: Partial<ProcessOptions>): void =>
  go(({ processes }) => ({ processes: { ...processes, ...change } }));

/** Nothing to list: which choice to drop, or what to do first. */
export function NoProcesses({ options }: { readonly options: ProcessOptions }): ReactElement {
  const attached = (useStatus()?.nodes.length ?? 0) > 0;
  if (!attached) {
    return (
      <StateBox title="No node is observed">
        <p>
          Attach to one on <a href="/">Now</a>.
        </p>
      </StateBox>
    );
  }
  return (
    <StateBox title={options.search ? `No process matches “${options.search}”` : "No process to show"}>
      <p className="actions">
        {options.search && (
          <button type="button" className="button" onClick={() => drop({ search: "" })}>
            Drop the search
          </button>
        )}
        {options.liveness !== "all" && (
          <button type="button" className="button" onClick={() => drop({ liveness: "all" })}>
            {options.liveness === "alive" ? "Show the ended too" : "Show the living too"}
          </button>
        )}
      </p>
    </StateBox>
  );
}
