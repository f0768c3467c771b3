import type { NodeStatus } from "elixirscope/protocol";
import { type ReactElement, useCallback, useState } from "react";
import { isLimited, keptControl, loweredWords, onlyOf } from "../domain/control-text.ts";
import { Popover } from "../parts/popover.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { useCommand } from "../server/use-command.ts";
import { ControlForm } from "./control-form.tsx";
import { type Asked, NamedForm } from "./named-form.tsx";

type Level = NodeStatus["level"];

const LEVELS: readonly { readonly value: Level; readonly text: string; readonly title: string }[] = [
  {
    value: "observe",
    text: "observe",
    title: "Processes: who starts, ends, is called what, and how they are",
  },
  {
    value: "flows",
    text: "flows",
    title: "And what requests and events lead to, from process to process",
  },
  { value: "messages", text: "messages", title: "And every message, sent and received" },
  { value: "state", text: "state", title: "And the state of every OTP process after each callback" },
  {
    value: "calls",
    text: "calls…",
    title: "And calls of the functions you name, with arguments and results",
  },
  {
    value: "lines",
    text: "lines…",
    title: "And each line that runs of the modules you name, with the variables bound there",
  },
];

interface Props {
  /** As which it is shown. */
  readonly node: NodeStatus;
  /** What is changed is that of this node; left out: of all. */
  readonly of?: string | undefined;
}

/** How much is recorded. The levels `calls` and `lines` ask of which functions and modules. */
export function LevelControl({ node, of }: Props): ReactElement {
  const [asking, setAsking] = useState<Asked | undefined>();
  const [limiting, setLimiting] = useState(false);
  const close = useCallback(() => setAsking(undefined), []);
  const closeLimits = useCallback(() => setLimiting(false), []);
  const { run, running, error } = useCommand("tracing");
  const change = (level: Level): void => {
    if (level === "calls" || level === "lines") setAsking(level);
    else void run({ ...onlyOf(of), level, ...keptControl(node) });
  };
  return (
    <div className="level-control">
      <span className="muted" id="level-label">
        level
      </span>
      <Segmented label="Level" value={node.level} options={LEVELS} onChange={change} disabled={running} />
      {(node.level === "calls" || node.level === "lines") && (
        <NamedButton
          node={node}
          level={node.level}
          onPress={(level) => setAsking(asking ? undefined : level)}
        />
      )}
      <InForce node={node} />
      <button
        type="button"
        className="link-button"
        title="Who is recorded, which part of it, and what it may cost"
        onClick={() => setLimiting(!limiting)}
      >
        {isLimited(node.control) ? "limits set" : "limits…"}
      </button>
      {limiting && (
        <Popover label="Who, how much, at what price" onClose={closeLimits}>
          <ControlForm node={node} of={of} onDone={closeLimits} />
        </Popover>
      )}
      {error && !asking && (
        <span className="command-error" role="alert">
          {error}
        </span>
      )}
      {asking && (
        <Popover label={asking === "calls" ? "Calls to record" : "Lines to record"} onClose={close}>
          <NamedForm node={node} of={of} level={asking} onDone={close} />
        </Popover>
      )}
    </div>
  );
}

/** What is named now, to be changed. */
function NamedButton({ node, level, onPress }: NamedProps): ReactElement {
  const [named, what] = level === "calls" ? [node.patterns, "patterns"] : [node.lines, "modules"];
  return (
    <button type="button" className="link-button" onClick={() => onPress(level)}>
      {named.length === 1 ? named[0] : `${named.length} ${what}`}
    </button>
  );
}

interface NamedProps {
  readonly node: NodeStatus;
  readonly level: Asked;
  readonly onPress: (level: Asked) => void;
}

/** That a lower level is in force than the one that is wanted. */
function InForce({ node }: { readonly node: NodeStatus }): ReactElement | null {
  const words = loweredWords(node);
  if (words === undefined) return null;
  return (
    <span className="in-force" role="status" title={words}>
      {node.control.inForce === "off" ? "paused" : `${node.control.inForce} only`}
    </span>
  );
}
