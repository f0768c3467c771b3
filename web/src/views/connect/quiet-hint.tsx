import type { ReactElement } from "react";
import { useStatus } from "../../server/hooks.ts";
import { useCommand } from "../../server/use-command.ts";

/** Connected, and nothing happens: what to do to see something. */
export function QuietHint(): ReactElement {
  const node = useStatus()?.nodes[0];
  const { run, running, error } = useCommand("tracing");
  if (!node) return <p>Attach to a node on the view “Now”.</p>;
  if (node.state !== "connected") return <p>{node.reason || "It holds no event."}</p>;
  return (
    <>
      <p>Click something in the application, or send it a request: what it does shows here at once.</p>
      {node.level === "observe" && (
        <p className="actions">
          Messages are not recorded at the level “observe”.
          <button
            type="button"
            className="button"
            disabled={running}
            onClick={() => void run({ level: "messages" })}
          >
            Record messages from now on
          </button>
        </p>
      )}
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}
