import type { ReactElement } from "react";
import { shortCount } from "../../domain/format.ts";
import { usePlace } from "../../place/use-place.ts";
import { useStatus } from "../../server/hooks.ts";
import { EventStream } from "./event-stream.tsx";
import { FilterFields, KindChips } from "./filter-bar.tsx";
import { useShowSelected } from "./use-show-selected.ts";

/** Everything that happened, as it happens. */
export function EventsView(): ReactElement {
  const { filters } = usePlace();
  const status = useStatus();
  useShowSelected();
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Events</h1>
        <FilterFields />
        {status && <span className="toolbar-end muted">{shortCount(status.events)} recorded</span>}
        <div className="toolbar-line">
          <KindChips />
        </div>
      </div>
      <EventStream filters={filters} />
    </div>
  );
}
