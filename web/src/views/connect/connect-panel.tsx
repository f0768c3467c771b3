import type { FoundNode } from "elixirscope/protocol";
import { RefreshCw } from "lucide-react";
import { type ReactElement, useState } from "react";
import { useAnswer } from "../../server/hooks.ts";
import { useCommand } from "../../server/use-command.ts";
import { AttachWait } from "./attach-wait.tsx";

/** Not connected: the nodes of this machine, one click to attach, and the command for an app that is not one. */
export function ConnectPanel(): ReactElement {
  const { data, error, refetch, isFetching } = useAnswer("nodes", {});
  return (
    <section className="connect" aria-label="Attach to a node">
      <div className="section-head">
        <h2>Nodes on this machine</h2>
        <button type="button" className="button small" disabled={isFetching} onClick={() => void refetch()}>
          <RefreshCw size={12} aria-hidden="true" /> Look again
        </button>
      </div>
      {error && (
        <p className="form-error" role="alert">
          {error.message}
        </p>
      )}
      {data?.length === 0 && <p className="muted">None is registered with EPMD.</p>}
      <ul className="node-list">
        {data?.map((node) => (
          <NodeEntry key={`${node.name}@${node.host}`} node={node} />
        ))}
      </ul>
      <h3>Is the application not distributed?</h3>
      <p>Start it so, with nothing to change in it, and it is observed from its first process on:</p>
      <pre className="command">elixirscope run -- mix phx.server</pre>
    </section>
  );
}

function NodeEntry({ node }: { readonly node: FoundNode }): ReactElement {
  const [cookie, setCookie] = useState("");
  const { run, running, error, code } = useCommand("attach");
  const name = node.name.includes("@") ? node.name : `${node.name}@${node.host}`;
  const refused = code?.includes("COOKIE") ?? false;
  return (
    <li>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run({ node: name, ...(cookie && { cookie }) });
        }}
      >
        <strong className="mono">{name}</strong>
        <span className="muted">port {node.port}</span>
        {(refused || cookie !== "") && (
          <input
            type="password"
            aria-label={`Cookie of ${name}`}
            placeholder="its cookie"
            autoComplete="off"
            value={cookie}
            onChange={({ target }) => setCookie(target.value)}
          />
        )}
        <button type="submit" className="button primary" disabled={running || node.attached}>
          {node.attached ? "Attached" : running ? "Attaching…" : "Attach"}
        </button>
      </form>
      {running && <AttachWait node={name} />}
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}
