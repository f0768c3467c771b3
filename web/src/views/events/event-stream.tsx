import { type ReactElement, useMemo } from "react";
import { rowAt } from "../../domain/stream-buffer.ts";
import { useSetting } from "../../parts/setting.ts";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import type { Filters } from "../../place/place.ts";
import { usePlace } from "../../place/use-place.ts";
import { EventRows } from "./event-rows.tsx";
import { DropFilters, NoEvents } from "./no-events.tsx";
import { StreamFoot } from "./stream-foot.tsx";
import { useEventStream } from "./use-event-stream.ts";

export type NewestAt = "bottom" | "top";

interface Props {
  readonly filters: Filters;
  /** Handle of the process whose page this is: its own name need not stand in every row. */
  readonly of?: string | undefined;
}

/** The stream with its states and its foot: the same on the events view and on a process's page. */
export function EventStream({ filters, of }: Props): ReactElement {
  const { cursor } = usePlace();
  const { state, source } = useEventStream(filters, cursor);
  const [newestAt, setNewestAt] = useSetting<NewestAt>("newest-at", ["bottom", "top"], "bottom");
  const { buffer, phase, error } = state;
  const rows = useMemo(
    () => (newestAt === "bottom" ? buffer.rows : buffer.rows.toReversed()),
    [buffer.rows, newestAt],
  );
  const at = cursor === "live" ? undefined : rowAt(buffer.rows, cursor);
  return (
    <section className="stream" aria-label="Event stream">
      {error !== undefined && (
        <StateBox title="These events cannot be shown" tone="failure">
          <p>{error}</p>
          <DropFilters filters={filters} />
        </StateBox>
      )}
      {phase === "loading" && <LoadingRows rows={18} />}
      {phase === "ready" && rows.length === 0 && error === undefined && <NoEvents filters={filters} />}
      {rows.length > 0 && (
        <EventRows
          rows={rows}
          newestAt={newestAt}
          cursorId={at === undefined ? undefined : buffer.rows[at]?.id}
          of={of}
          source={source}
        />
      )}
      <StreamFoot buffer={buffer} newestAt={newestAt} onNewestAt={setNewestAt} />
    </section>
  );
}
