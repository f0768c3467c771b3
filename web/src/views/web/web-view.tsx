import type { ReactElement } from "react";
import { InstantNote } from "../../parts/instant-note.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import type { WebSection } from "../../place/place.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { BroadcastList } from "./broadcast-list.tsx";
import { ChannelList } from "./channel-list.tsx";
import { ContextsView } from "./contexts-view.tsx";
import { JobList } from "./job-list.tsx";
import { LiveViewDetail } from "./live-view-detail.tsx";
import { LiveViewList } from "./live-view-list.tsx";
import { PresenceList } from "./presence-list.tsx";
import { QueryList } from "./query-list.tsx";
import { RequestList } from "./request-list.tsx";
import { TopicList } from "./topic-list.tsx";

const SECTIONS: readonly { readonly value: WebSection; readonly text: string; readonly title: string }[] = [
  { value: "requests", text: "Requests", title: "HTTP requests with their stages" },
  { value: "liveviews", text: "LiveViews", title: "LiveViews, step by step" },
  { value: "channels", text: "Channels", title: "Who joined which topic, and what went in and out" },
  { value: "presence", text: "Presence", title: "Who is in which topic, as Phoenix.Presence counts them" },
  { value: "topics", text: "Topics", title: "Who subscribes to what" },
  { value: "broadcasts", text: "Broadcasts", title: "What was broadcast, and whom it reached" },
  { value: "queries", text: "Queries", title: "SQL of Ecto, what it cost and for what it ran" },
  { value: "jobs", text: "Jobs", title: "Runs of Oban's jobs" },
  {
    value: "contexts",
    text: "Contexts",
    title: "Which part of the application calls which, and past which door",
  },
];

/** What a Phoenix application did. */
export function WebView(): ReactElement {
  const { section, item } = usePlace();
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Web</h1>
        <Segmented
          label="What to show"
          value={section}
          options={SECTIONS}
          onChange={(next) => go({ section: next, item: undefined })}
        />
        <InstantNote />
      </div>
      <div className="web-body">
        {section === "requests" && <RequestList open={item} />}
        {section === "liveviews" &&
          (item === undefined ? <LiveViewList /> : <LiveViewDetail key={item} liveView={item} />)}
        {section === "channels" && <ChannelList open={item} />}
        {section === "presence" && <PresenceList />}
        {section === "topics" && <TopicList open={item} />}
        {section === "broadcasts" && <BroadcastList />}
        {section === "queries" && <QueryList open={item} />}
        {section === "jobs" && <JobList open={item} />}
        {section === "contexts" && <ContextsView open={item} />}
      </div>
    </div>
  );
}
