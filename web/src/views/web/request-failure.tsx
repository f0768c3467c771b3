import type { RequestRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { PlaceLink } from "../../parts/place-link.tsx";

/** What a request or a job failed with, and the first functions of its stack. */
export function Failure({ error }: { readonly error: RequestRow["error"] }): ReactElement | null {
  if (!error) return null;
  return (
    <div className="failed" role="note">
      <p>
        {error.exception ?? error.kind}
        {error.message && `: ${error.message}`}
      </p>
      <ul className="mono frames">
        {error.frames.map((frame) => (
          <li key={`${frame.function} ${frame.place}`}>
            {frame.function} <PlaceLink place={frame.place} mfa={frame.function} />
          </li>
        ))}
      </ul>
    </div>
  );
}
