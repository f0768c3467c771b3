import type { NodeStatus, Status } from "elixirscope/protocol";
import { ChevronDown } from "lucide-react";
import { type ReactElement, useCallback, useState } from "react";
import { bytes, count, duration } from "../domain/format.ts";
import { Popover } from "../parts/popover.tsx";
import { useLive } from "../server/hooks.ts";
import { useCommand } from "../server/use-command.ts";

/** Which node, and how it stands; more of it, and the way to detach, on a click. */
export function NodeMenu({ status }: { readonly status: Status | undefined }): ReactElement {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const link = useLive((state) => state.link);
  const node = status?.nodes[0];
  const state = link === "lost" ? "link lost" : stateOf(node, status);
  return (
    <div className="node-menu">
      <button
        type="button"
        className="node-button"
        aria-haspopup="dialog"
        aria-expanded={open}
        disabled={!node}
        onClick={() => setOpen(!open)}
      >
        <span className={`state-dot ${dotOf(state)}`} aria-hidden="true" />
        <strong>{node?.name ?? "ElixirScope"}</strong>
        <span className="muted">{state}</span>
        {node && <ChevronDown size={14} aria-hidden="true" />}
      </button>
      {open && node && (
        <Popover label={`Node ${node.name}`} onClose={close}>
          <NodeFacts node={node} status={status} />
          {node.state === "connected" && <Detach onDone={close} />}
        </Popover>
      )}
    </div>
  );
}

function stateOf(node: NodeStatus | undefined, status: Status | undefined): string {
  if (!node) return status ? "not attached" : "connecting";
  return node.state === "ended" && node.reason === "detached" ? "detached" : node.state;
}

function dotOf(state: string): "good" | "bad" | "off" {
  if (state === "connected") return "good";
  return state === "link lost" || state === "disconnected" || state === "ended" ? "bad" : "off";
}

const TRACING = {
  session: "a trace session of our own",
  legacy: "the node's one tracer",
  none: "none",
} as const;

function NodeFacts({ node, status }: { readonly node: NodeStatus; readonly status: Status }): ReactElement {
  return (
    <dl className="facts">
      <dt>OTP</dt>
      <dd>{node.otp || "–"}</dd>
      <dt>Elixir</dt>
      <dd>{node.elixir || "–"}</dd>
      <dt>Tracing by</dt>
      <dd>{TRACING[node.tracing]}</dd>
      <dt>Recorded</dt>
      <dd>
        {count(status.events)} events in {duration(status.seconds * 1e9)}
      </dd>
      <dt>Kept in</dt>
      <dd className="wrap">{status.file ?? "memory"}</dd>
      <dt>Agent memory</dt>
      <dd>
        {bytes(node.cost.agentMemoryBytes)}, {bytes(node.cost.inFlightBytes)} in flight
      </dd>
      <dt>Its mailbox</dt>
      <dd>{count(node.cost.mailboxLength)} waiting</dd>
    </dl>
  );
}

function Detach({ onDone }: { readonly onDone: () => void }): ReactElement {
  const { run, running, error } = useCommand("detach");
  return (
    <div className="popover-foot">
      <button
        type="button"
        className="button"
        disabled={running}
        onClick={() => void run({}).then((ok) => ok && onDone())}
      >
        Detach
      </button>
      <span className="muted">
        {error ?? "Removes everything of ours from the node; the recording stays."}
      </span>
    </div>
  );
}
