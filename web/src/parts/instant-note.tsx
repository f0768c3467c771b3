import type { ReactElement } from "react";
import { instantText } from "../domain/format.ts";
import { useInstant } from "../place/use-instant.ts";
import { go } from "../place/use-place.ts";
import { useStatus } from "../server/hooks.ts";

/** Says of which instant a view is, where that is not now, and leads back to now. */
export function InstantNote({ ofNow = false }: { readonly ofNow?: boolean }): ReactElement | null {
  const instant = useInstant();
  const status = useStatus();
  if (instant === undefined || !status) return null;
  const at = instantText(status.startedAt, instant);
  return (
    <span className="instant-note" role="status">
      {ofNow ? (
        <>These figures are of now; the cursor is at {at}</>
      ) : (
        <>
          as it was at <strong className="mono">{at}</strong>
        </>
      )}
      <button type="button" className="link-button" onClick={() => go({ cursor: "live" })}>
        back to now
      </button>
    </span>
  );
}
