import type { NodeStatus } from "elixirscope/protocol";
import type { ReactElement, ReactNode } from "react";
import { attachAgain } from "../domain/control-text.ts";
import { plural } from "../domain/format.ts";
import { latestNodes } from "../domain/node-state.ts";
import { useLive, useStatus } from "../server/hooks.ts";
import { useCommand } from "../server/use-command.ts";
import { AttachWait } from "../views/connect/attach-wait.tsx";
import { canStop, stopTracing, useStopFailure } from "./panic.ts";

/** One line across the view for what changes the meaning of everything below it. */
export function Banner(): ReactElement | null {
  const link = useLive((state) => state.link);
  const status = useStatus();
  const stopFailure = useStopFailure();
  if (link === "lost") {
    return (
      <Line tone="failure">
        <strong>Connection to ElixirScope lost, trying again.</strong> What you see is what was known last.
      </Line>
    );
  }
  const nodes = latestNodes(status?.nodes ?? []);
  return (
    <>
      {status && status.storeTrouble !== "" && (
        <Line tone="failure">
          <strong>What happens is not being stored.</strong> {sentence(status.storeTrouble)}
        </Line>
      )}
      {status?.auditTrouble && (
        <Line tone="failure">
          <strong>What is done on the node is not being written down.</strong> {sentence(status.auditTrouble)}
        </Line>
      )}
      {status?.splits
        .filter(({ to }) => to === null && nodes.some(({ state }) => state === "connected"))
        .map((split) => (
          <Line key={split.nodes.join()} tone="failure">
            <strong>{split.nodes.join(" and ")} do not see each other.</strong> Both are recorded; what one
            tells the other does not arrive.
          </Line>
        ))}
      {stopFailure !== undefined && canStop() && (
        <Line tone="failure">
          <strong>Not stopped.</strong> {sentence(stopFailure)} The node may still be traced.{" "}
          <button type="button" className="button small" onClick={() => void stopTracing()}>
            Stop again
          </button>{" "}
          Or end ElixirScope: without it, the node is clean within a second.
        </Line>
      )}
      {status && nodes[0]?.state === "recording" ? (
        <RecordingLine nodes={nodes} file={status.file} />
      ) : (
        nodes.map((node) => <NodeLine key={node.name} node={node} />)
      )}
    </>
  );
}

interface RecordingProps {
  readonly nodes: readonly NodeStatus[];
  readonly file: string | null;
}

function RecordingLine({ nodes, file }: RecordingProps): ReactElement {
  const reason = nodes[0]?.reason ?? "";
  return (
    <Line tone="calm">
      <strong>A recording of {nodes.map(({ name }) => name).join(", ")}</strong>
      {file && ` from ${file}`}
      {reason && ` · ${reason}`}
    </Line>
  );
}

function NodeLine({ node }: { readonly node: NodeStatus }): ReactElement | null {
  switch (node.state) {
    case "ended":
      if (node.reason === "detached") return <Detached node={node} />;
      return (
        <Line tone="failure">
          <strong>{node.name} is not observed any more.</strong> {sentence(node.reason)} The recording stays.
        </Line>
      );
    case "disconnected":
      return (
        <Line tone="failure">
          <strong>Connection to {node.name} lost, trying again.</strong> {sentence(node.reason)} The recording
          stays.
        </Line>
      );
    default:
      return null;
  }
}

/** What a detach did. */
function Detached({ node }: { readonly node: NodeStatus }): ReactElement {
  const status = useStatus();
  return (
    <Line tone="calm">
      <strong>Detached from {node.name}.</strong> Tracing is off, and processes, patterns and modules of ours
      are out of it. {status && plural(status.events, "event")} stay in the recording
      {status?.file && ` ${status.file}`}. <AttachAgain node={node} />
    </Line>
  );
}

/** The way back, with what was recorded before. */
function AttachAgain({ node }: { readonly node: NodeStatus }): ReactElement {
  const { run, running, error } = useCommand("attach");
  return (
    <>
      <button
        type="button"
        className="button small"
        disabled={running}
        title={`Records at the level ${node.level}, as before`}
        onClick={() => void run(attachAgain(node))}
      >
        {running ? "Attaching…" : "Attach again"}
      </button>
      {running && <AttachWait node={node.name} />}
      {error && (
        <span className="command-error" role="alert">
          {error}
        </span>
      )}
    </>
  );
}

const sentence = (reason: string): string => (reason === "" || /[.!?]$/.test(reason) ? reason : `${reason}.`);

function Line({
  tone,
  children,
}: {
  readonly tone: "failure" | "calm";
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div className={`banner ${tone}`} role={tone === "failure" ? "alert" : "status"}>
      {children}
    </div>
  );
}
