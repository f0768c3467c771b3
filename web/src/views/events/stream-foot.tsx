import { Pause, Play } from "lucide-react";
import type { ReactElement } from "react";
import { count, plural, shortCount } from "../../domain/format.ts";
import type { StreamBuffer } from "../../domain/stream-buffer.ts";
import { toggleLive } from "../../frame/toggle-live.ts";
import { Segmented } from "../../parts/segmented.tsx";
import { usePlace } from "../../place/use-place.ts";
import { useRunning, useStatus } from "../../server/hooks.ts";
import type { NewestAt } from "./event-stream.tsx";

interface Props {
  readonly buffer: StreamBuffer;
  readonly newestAt: NewestAt;
  readonly onNewestAt: (value: NewestAt) => void;
}

/** Live or paused, how fast, how much was dropped, and which end is the new one. */
export function StreamFoot({ buffer, newestAt, onNewestAt }: Props): ReactElement {
  const status = useStatus();
  return (
    <footer className="stream-foot">
      <Following buffer={buffer} />
      {status && status.dropped > 0 && <span className="lost">{shortCount(status.dropped)} dropped</span>}
      <span className="toolbar-end muted">{plural(buffer.rows.length, "row")} loaded</span>
      <Segmented
        label="Newest at"
        value={newestAt}
        options={[
          { value: "bottom", text: "newest last" },
          { value: "top", text: "newest first" },
        ]}
        onChange={onNewestAt}
      />
    </footer>
  );
}

function Following({ buffer }: { readonly buffer: StreamBuffer }): ReactElement {
  const { cursor } = usePlace();
  const status = useStatus();
  const running = useRunning();
  const since = Math.max(0, (status?.lastEventId ?? 0) - (buffer.rows.at(-1)?.id ?? 0));
  if (cursor === "live") {
    if (!running) return <span className="muted">the end of the recording</span>;
    return (
      <>
        <button type="button" className="button small" onClick={toggleLive}>
          <Pause size={12} aria-hidden="true" /> Pause <kbd>Space</kbd>
        </button>
        {status && <span>{shortCount(status.eventsPerSecond)} events/s</span>}
      </>
    );
  }
  return (
    <>
      <button type="button" className="button small primary" onClick={toggleLive}>
        <Play size={12} aria-hidden="true" /> {running ? "Go live" : "Go to the end"} <kbd>Space</kbd>
      </button>
      <span className="muted">
        {since > 0 ? `${count(since)} events ${running ? "recorded since" : "later"}` : "nothing after this"}
      </span>
    </>
  );
}
