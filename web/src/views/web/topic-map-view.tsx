import type { BroadcastRow, TopicRow } from "elixirscope/protocol";
import { type ReactElement, useMemo } from "react";
import { plural } from "../../domain/format.ts";
import { listenerNode, speakerNode, topicMap, topicNode } from "../../domain/topic-map.ts";
import { GraphView } from "../../parts/graph/graph-view.tsx";
import { go, usePlace } from "../../place/use-place.ts";

interface Props {
  readonly topics: readonly TopicRow[];
  readonly broadcasts: readonly BroadcastRow[];
  readonly ended: ReadonlySet<string>;
}

/** Who speaks on which topic, and who listens. */
export function TopicMapView({ topics, broadcasts, ended }: Props): ReactElement {
  const { item, selection } = usePlace();
  const map = useMemo(() => topicMap(topics, broadcasts, ended), [topics, broadcasts, ended]);
  const chosen = useMemo(() => {
    const of = selection?.type === "process" ? selection.process : undefined;
    const ids = item === undefined ? of && [speakerNode(of), listenerNode(of)] : [topicNode(item)];
    return map.nodes.find(({ id }) => ids?.includes(id))?.id;
  }, [map, item, selection]);
  return (
    <>
      <GraphView
        label="Map of topics: who broadcasts, on which topic, who listens"
        nodes={map.nodes}
        edges={map.edges}
        chosen={chosen}
        onNode={(id) => open(id, topics)}
      />
      {map.more > 0 && (
        <p className="muted">
          {plural(map.more, "quieter topic is", "quieter topics are")} in the list only.
        </p>
      )}
    </>
  );
}

function open(id: string, topics: readonly TopicRow[]): void {
  const topic = topics.find((row) => id.startsWith(topicNode(row.topic)) && !/^(from|to) /.test(id))?.topic;
  if (topic !== undefined) go({ item: topic, selection: undefined });
  else go({ item: undefined, selection: { type: "process", process: id.replace(/^(from|to) /, "") } });
}
