import type { TreeNode } from "elixirscope/protocol";
import { Box, ChevronRight, CircleDashed, GitFork, RotateCcw } from "lucide-react";
import type { ReactElement } from "react";
import { count, plural } from "../../domain/format.ts";
import type { TreeRow } from "../../domain/tree-rows.ts";
import { LifeDot } from "../../parts/life-dot.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";

const INDENT = 18;

interface Props {
  readonly id: string;
  readonly row: TreeRow;
  readonly top: number;
  readonly active: boolean;
  readonly selected: boolean;
  readonly onPick: () => void;
  readonly onOpen: () => void;
  readonly onToggle: () => void;
}

export function TreeLine({ id, row, top, active, selected, onPick, onOpen, onToggle }: Props): ReactElement {
  const { node, level } = row;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the tree, which holds the focus
    <div
      id={id}
      role="treeitem"
      aria-level={level}
      aria-setsize={row.siblings}
      aria-posinset={row.position}
      aria-expanded={row.expandable ? row.expanded : undefined}
      aria-selected={selected}
      className={`row tree-line ${active ? "active" : ""} ${node.alive ? "" : "ended"}`}
      style={{ transform: `translateY(${top}px)`, paddingLeft: 8 + (level - 1) * INDENT }}
      onClick={onPick}
      onDoubleClick={onOpen}
    >
      <Guides level={level} />
      {row.expandable ? (
        <button
          type="button"
          className={row.expanded ? "fold open" : "fold"}
          tabIndex={-1}
          aria-label={`${row.expanded ? "Fold" : "Unfold"} ${node.label}`}
          onClick={(event) => {
            event.stopPropagation();
            onToggle();
          }}
        >
          <ChevronRight size={14} aria-hidden="true" />
        </button>
      ) : (
        <span className="fold" />
      )}
      <NodeIcon node={node} />
      <NodeName node={node} />
      <NodeBadges node={node} row={row} />
    </div>
  );
}

function Guides({ level }: { readonly level: number }): ReactElement {
  return (
    <>
      {Array.from({ length: level - 1 }, (_, index) => (
        <span key={index} className="guide" style={{ left: 16 + index * INDENT }} aria-hidden="true" />
      ))}
    </>
  );
}

function NodeIcon({ node }: { readonly node: TreeNode }): ReactElement {
  if (node.type === "application") return <Box size={14} className="node-icon" aria-label="application" />;
  if (node.type === "group") return <CircleDashed size={14} className="node-icon" aria-label="group" />;
  if (node.type === "supervisor" && node.alive)
    return <GitFork size={14} className="node-icon supervisor" aria-label="supervisor" />;
  return <LifeDot alive={node.alive} />;
}

function NodeName({ node }: { readonly node: TreeNode }): ReactElement {
  const strong = node.type === "application" || node.type === "group";
  if (!node.process) return <span className={strong ? "node-name strong" : "node-name"}>{node.label}</span>;
  return (
    <span className="node-name">
      <ProcessLink process={{ ...node.process, label: node.label || node.process.label }} quiet here />
    </span>
  );
}

/** Why a node of the tree has no living process. */
const notAlive = (node: TreeNode): string =>
  node.childState === "restarting" ? "restarting" : node.process ? "ended" : "not running";

function NodeBadges({ node, row }: { readonly node: TreeNode; readonly row: TreeRow }): ReactElement {
  const childId = node.childId;
  const telling = childId !== null && childId !== node.label && childId !== ":undefined";
  return (
    <>
      {node.strategy && <span className="tag">{node.strategy}</span>}
      {telling && <span className="muted ellipsis mono">{childId}</span>}
      {node.restarts > 0 && (
        <span className="tag failure" title="Times that its supervisor started it again">
          <RotateCcw size={11} aria-hidden="true" /> {plural(node.restarts, "restart")}
        </span>
      )}
      {node.answers === false && (
        <span
          className="tag failure"
          title="It did not answer when it was asked for its children last; they may be others"
        >
          does not answer
        </span>
      )}
      {!node.alive && <span className="tag">{notAlive(node)}</span>}
      <span className="row-end">
        {row.descendants > 0 && !row.expanded && <span className="tag">{count(row.descendants)} below</span>}
        <span className="pid">{node.process?.pid}</span>
      </span>
    </>
  );
}
