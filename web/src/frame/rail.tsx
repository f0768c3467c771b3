import {
  Activity,
  Bookmark,
  ChartGantt,
  Database,
  FileCode,
  Flame,
  Globe,
  ListTree,
  MessageCircleQuestionMark,
  Rows3,
  Server,
  Waypoints,
} from "lucide-react";
import type { ReactElement } from "react";
import { Link } from "wouter";
import type { View } from "../place/place.ts";
import { useHref, usePlace } from "../place/use-place.ts";

const STOPS = [
  { view: "overview", text: "Now", keys: "g n", Icon: Activity },
  { view: "timeline", text: "Timeline", keys: "g t", Icon: ChartGantt },
  { view: "processes", text: "Processes", keys: "g p", Icon: ListTree },
  { view: "flows", text: "Flows", keys: "g f", Icon: Waypoints },
  { view: "web", text: "Web", keys: "g w", Icon: Globe },
  { view: "code", text: "Code", keys: "g c", Icon: FileCode },
  { view: "inventory", text: "Node", keys: "g i", Icon: Server },
  { view: "events", text: "Events", keys: "g e", Icon: Rows3 },
  { view: "performance", text: "Perf", keys: "g h", Icon: Flame },
  { view: "query", text: "Query", keys: "g q", Icon: Database },
  { view: "ask", text: "Ask", keys: "g a", Icon: MessageCircleQuestionMark },
  { view: "bookmarks", text: "Marks", keys: "g b", Icon: Bookmark },
] as const;

const isAt = (stop: View, view: View): boolean =>
  stop === view || (stop === "processes" && view === "process") || (stop === "flows" && view === "flow");

export function Rail(): ReactElement {
  const { view } = usePlace();
  const href = useHref();
  return (
    <nav className="rail" aria-label="Views">
      {STOPS.map(({ view: stop, text, keys, Icon }) => (
        <Link
          key={stop}
          href={href({ view: stop, process: undefined, item: undefined, line: undefined })}
          className="rail-stop"
          aria-current={isAt(stop, view) ? "page" : undefined}
          title={`${text} (${keys})`}
        >
          <Icon size={18} strokeWidth={1.75} aria-hidden="true" />
          <span>{text}</span>
        </Link>
      ))}
    </nav>
  );
}
