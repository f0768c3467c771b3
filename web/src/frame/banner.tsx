import type { NodeStatus } from "elixirscope/protocol";
import type { ReactElement, ReactNode } from "react";
import { plural } from "../domain/format.ts";
import { useLive, useStatus } from "../server/hooks.ts";

/** One line across the view for what changes the meaning of everything below it. */
export function Banner(): ReactElement | null {
  const link = useLive((state) => state.link);
  const status = useStatus();
  if (link === "lost") {
    return (
      <Line tone="failure">
        <strong>Connection to ElixirScope lost, trying again.</strong> What you see is what was known last.
      </Line>
    );
  }
  const node = status?.nodes[0];
  return (
    <>
      {status && status.storeTrouble !== "" && (
        <Line tone="failure">
          <strong>What happens is not being stored.</strong> {sentence(status.storeTrouble)}
        </Line>
      )}
      {node && <NodeLine node={node} file={status.file} />}
    </>
  );
}

function NodeLine({
  node,
  file,
}: {
  readonly node: NodeStatus;
  readonly file: string | null;
}): ReactElement | null {
  switch (node.state) {
    case "recording":
      return (
        <Line tone="calm">
          <strong>A recording of {node.name}</strong>
          {file && ` from ${file}`}
          {node.reason && ` · ${node.reason}`}
        </Line>
      );
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
      {status?.file && ` ${status.file}`}.
    </Line>
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
