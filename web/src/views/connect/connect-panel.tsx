import type { Way } from "elixirscope/protocol";
import { RefreshCw } from "lucide-react";
import { type ReactElement, useState } from "react";
import { useAnswer } from "../../server/hooks.ts";
import { NodeEntry } from "./node-entry.tsx";
import { ProfileList } from "./profile-list.tsx";
import { SshField } from "./ssh-field.tsx";

/** Not connected: profiles, the nodes of this machine or of one behind SSH, one click to attach, and the command for an app that is not one. */
export function ConnectPanel(): ReactElement {
  const [destination, setDestination] = useState("");
  const way: Way | undefined = destination === "" ? undefined : { ssh: { destination } };
  const { data, error, refetch, isFetching, isPlaceholderData } = useAnswer("nodes", way ? { way } : {});
  const nodes = isPlaceholderData || error ? undefined : data;
  return (
    <section className="connect" aria-label="Attach to a node">
      <ProfileList />
      <div className="section-head">
        <h2>{destination === "" ? "Nodes on this machine" : `Nodes at ${destination}`}</h2>
        <button type="button" className="button small" disabled={isFetching} onClick={() => void refetch()}>
          <RefreshCw size={12} aria-hidden="true" /> Look again
        </button>
      </div>
      {error && (
        <p className="form-error" role="alert">
          {error.message}
        </p>
      )}
      {nodes?.length === 0 && <p className="muted">None is registered with EPMD.</p>}
      <ul className="node-list">
        {nodes?.map((node) => (
          <NodeEntry key={`${destination} ${node.name}@${node.host}`} node={node} way={way} />
        ))}
        {way && <NodeEntry key={destination} node={undefined} way={way} />}
      </ul>
      <SshField destination={destination} onChoose={setDestination} />
      <h3>Is the application not distributed?</h3>
      <p>Start it so, with nothing to change in it, and it is observed from its first process on:</p>
      <pre className="command">elixirscope run -- mix phx.server</pre>
    </section>
  );
}
