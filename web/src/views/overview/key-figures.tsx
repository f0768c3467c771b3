import type { Status } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { count, duration, percent, plural, shortCount } from "../../domain/format.ts";
import { latestNodes, nodeLookedAt } from "../../domain/node-state.ts";
import { useNode } from "../../place/use-node.ts";

/** The numbers that say at a glance whether all is well. */
export function KeyFigures({ status }: { readonly status: Status }): ReactElement {
  const nodes = latestNodes(status.nodes);
  const node = nodeLookedAt(nodes, useNode());
  const live = nodes.some(({ state }) => state === "connected");
  return (
    <dl className="key-figures">
      {live ? (
        <Figure
          name="events/s"
          value={shortCount(status.eventsPerSecond)}
          note={`${count(status.events)} recorded`}
        />
      ) : (
        <Figure name="events" value={shortCount(status.events)} note={averageRate(status)} />
      )}
      <Figure
        name="processes"
        value={count(status.processesAlive)}
        note={live ? "alive now" : "alive at the end"}
      />
      <Figure
        name="recorded"
        value={duration(status.seconds * 1e9)}
        note={status.file?.split("/").at(-1) ?? "kept in memory"}
      />
      <Figure
        name="dropped"
        value={shortCount(status.dropped)}
        note={status.gaps === 0 ? "nothing is missing" : `in ${plural(status.gaps, "gap")}`}
        lost={status.dropped > 0 || status.gaps > 0}
      />
      {live && node && (
        <Figure
          name={nodes.length > 1 ? `cost in ${node.name}` : "cost in the node"}
          value={`${percent(node.cost.schedulerPercent)} %`}
          note="of one scheduler"
        />
      )}
      {node && node.otp !== "" && (
        <Figure
          name="runs on"
          value={`OTP ${node.otp}`}
          note={node.elixir ? `Elixir ${node.elixir}` : "no Elixir"}
        />
      )}
    </dl>
  );
}

const averageRate = ({ events, seconds }: Status): string =>
  seconds > 0 ? `${shortCount(events / seconds)} a second` : "";

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly lost?: boolean;
}

function Figure({ name, value, note, lost = false }: FigureProps): ReactElement {
  return (
    <div className={lost ? "figure lost" : "figure"}>
      <dt>{name}</dt>
      <dd>
        <span className="figure-value">{value}</span>
        <span className="figure-note" title={note}>
          {note}
        </span>
      </dd>
    </div>
  );
}
