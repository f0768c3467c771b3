import type { NodeStatus, Status } from "elixirscope/protocol";
import { ChevronDown } from "lucide-react";
import { type ReactElement, useCallback, useState } from "react";
import { bytes, count, duration } from "../domain/format.ts";
import { dotOf, latestNodes, stateOf, worstOf } from "../domain/node-state.ts";
import { Popover } from "../parts/popover.tsx";
import { useNode } from "../place/use-node.ts";
import { go } from "../place/use-place.ts";
import { useLive } from "../server/hooks.ts";
import { useCommand } from "../server/use-command.ts";

/** Which nodes, and how they stand; on a click more of each, which one is looked at, and the way to detach. */
export function NodeMenu({ status }: { readonly status: Status | undefined }): ReactElement {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const link = useLive((state) => state.link);
  const nodes = latestNodes(status?.nodes ?? []);
  const looked = useNode();
  const one = nodes.find(({ name }) => name === looked) ?? (nodes.length === 1 ? nodes[0] : undefined);
  const state = link === "lost" ? "link lost" : one ? stateOf(one) : worstOf(nodes, status !== undefined);
  return (
    <div className="node-menu">
      <button
        type="button"
        className="node-button"
        aria-haspopup="dialog"
        aria-expanded={open}
        disabled={nodes.length === 0}
        onClick={() => setOpen(!open)}
      >
        <span className={`state-dot ${dotOf(state)}`} aria-hidden="true" />
        <strong>{one?.name ?? (nodes.length === 0 ? "ElixirScope" : `${nodes.length} nodes`)}</strong>
        <span className="muted">{state}</span>
        {nodes.length > 0 && <ChevronDown size={14} aria-hidden="true" />}
      </button>
      {open && status && (
        <Popover label={one ? `Node ${one.name}` : "Nodes"} onClose={close}>
          {nodes.length > 1 && <NodePicker nodes={nodes} looked={one?.name} />}
          {one && <NodeFacts node={one} status={status} />}
          {(one ? one.state === "connected" : nodes.some((node) => node.state === "connected")) && (
            <Detach node={nodes.length > 1 ? one : undefined} onDone={close} />
          )}
        </Popover>
      )}
    </div>
  );
}

interface PickerProps {
  readonly nodes: readonly NodeStatus[];
  readonly looked: string | undefined;
}

/** What is on screen is of all nodes, or of one. */
function NodePicker({ nodes, looked }: PickerProps): ReactElement {
  const pick = (node: string | undefined): void => go({ node });
  return (
    <fieldset className="node-picker">
      <legend className="visually-hidden">Look at</legend>
      <label className="node-choice">
        <input type="radio" name="node" checked={looked === undefined} onChange={() => pick(undefined)} />
        <span>All nodes</span>
      </label>
      {nodes.map((node) => (
        <label key={node.name} className="node-choice">
          <input type="radio" name="node" checked={looked === node.name} onChange={() => pick(node.name)} />
          <span className={`state-dot ${dotOf(stateOf(node))}`} aria-hidden="true" />
          <span className="mono">{node.name}</span>
          <span className="muted">
            {stateOf(node)}
            {node.state === "connected" && `, ${node.level}`}
          </span>
        </label>
      ))}
    </fieldset>
  );
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

interface DetachProps {
  /** Left out: all. */
  readonly node: NodeStatus | undefined;
  readonly onDone: () => void;
}

function Detach({ node, onDone }: DetachProps): ReactElement {
  const { run, running, error } = useCommand("detach");
  return (
    <div className="popover-foot">
      <button
        type="button"
        className="button"
        disabled={running}
        onClick={() => void run(node ? { node: node.name } : {}).then((ok) => ok && onDone())}
      >
        Detach
      </button>
      <span className="muted">
        {error ?? "Removes everything of ours from the node; the recording stays."}
      </span>
    </div>
  );
}
