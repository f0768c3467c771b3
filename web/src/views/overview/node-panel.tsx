import type { NodeStatus, Status } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { percent } from "../../domain/format.ts";
import { clockWords } from "../../domain/node-clock.ts";
import { dotOf, latestNodes, stateOf } from "../../domain/node-state.ts";
import { useNode } from "../../place/use-node.ts";
import { go } from "../../place/use-place.ts";
import { SplitList } from "./split-list.tsx";

/** How each node is, where there are several; a click looks at one alone, a second one at all. */
export function NodePanel({ status }: { readonly status: Status }): ReactElement | null {
  const looked = useNode();
  const nodes = latestNodes(status.nodes);
  if (nodes.length < 2) return null;
  return (
    <section className="panel" aria-label="Nodes">
      <h2>Nodes</h2>
      <ul>
        {nodes.map((node) => (
          <li key={node.name}>
            <button
              type="button"
              className="node-line"
              aria-pressed={looked === node.name}
              title={[
                looked === node.name ? "Look at all nodes" : `Look at ${node.name} alone`,
                clockTitle(node),
              ].join("")}
              onClick={() => go({ node: looked === node.name ? undefined : node.name })}
            >
              <span className={`state-dot ${dotOf(stateOf(node))}`} aria-hidden="true" />
              <span className="mono ellipsis">{node.name}</span>
              <span className={isWell(node) ? "muted ellipsis" : "failed ellipsis"}>{wordsOf(node)}</span>
              <span className="number muted">
                {node.state === "connected" ? `${percent(node.cost.schedulerPercent)} %` : ""}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <SplitList status={status} />
    </section>
  );
}

const isWell = (node: NodeStatus): boolean => dotOf(stateOf(node)) !== "bad" && node.refused === "";

const clockTitle = ({ clock }: NodeStatus): string => (clock === null ? "" : `. Clock: ${clockWords(clock)}`);

function wordsOf(node: NodeStatus): string {
  const runs = [`OTP ${node.otp}`, ...(node.elixir === "" ? [] : [`Elixir ${node.elixir}`])].join(", ");
  if (node.state !== "connected") return [stateOf(node), runs].join(" · ");
  if (node.refused !== "") return node.refused;
  const level = node.control.loweredBy ? `${node.level}, ${node.control.inForce} in force` : node.level;
  return [level, runs, ...(node.clock === null ? [] : [clockWords(node.clock)])].join(" · ");
}
