import { type ComponentType, lazy, type ReactElement, Suspense } from "react";
import { NoticeLine } from "../parts/notice-line.tsx";
import { LoadingRows } from "../parts/state-box.tsx";
import type { View } from "../place/place.ts";
import { usePlace } from "../place/use-place.ts";
import { useLive } from "../server/hooks.ts";
import { EventsView } from "../views/events/events-view.tsx";
import { FlowView } from "../views/flows/flow-view.tsx";
import { FlowsView } from "../views/flows/flows-view.tsx";
import { OverviewView } from "../views/overview/overview-view.tsx";
import { ProcessView } from "../views/process/process-view.tsx";
import { ProcessesView } from "../views/processes/processes-view.tsx";
import { WebView } from "../views/web/web-view.tsx";
import { Banner } from "./banner.tsx";
import { HelpSheet } from "./help-sheet.tsx";
import { Inspector } from "./inspector.tsx";
import { Palette } from "./palette.tsx";
import { FollowingNote } from "./people-menu.tsx";
import { Rail } from "./rail.tsx";
import { RefusedPage } from "./refused-page.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { TimeBar } from "./time-bar.tsx";
import { TopBar } from "./top-bar.tsx";

// What the first screen does not need comes when it is asked for.
const InventoryView = lazy(() =>
  import("../views/inventory/inventory-view.tsx").then((all) => ({ default: all.InventoryView })),
);
const AskView = lazy(() => import("../views/ask/ask-view.tsx").then((all) => ({ default: all.AskView })));
const BookmarksView = lazy(() =>
  import("../views/bookmarks/bookmarks-view.tsx").then((all) => ({ default: all.BookmarksView })),
);
const BookmarkDialog = lazy(() =>
  import("./bookmark-dialog.tsx").then((all) => ({ default: all.BookmarkDialog })),
);
const PerformanceView = lazy(() =>
  import("../views/performance/performance-view.tsx").then((all) => ({ default: all.PerformanceView })),
);
const QueryView = lazy(() =>
  import("../views/query/query-view.tsx").then((all) => ({ default: all.QueryView })),
);
const CodeView = lazy(() => import("../views/code/code-view.tsx").then((all) => ({ default: all.CodeView })));
const TimelineView = lazy(() =>
  import("../views/timeline/timeline-view.tsx").then((all) => ({ default: all.TimelineView })),
);

const LATE: Readonly<Partial<Record<View, ComponentType>>> = {
  ask: AskView,
  bookmarks: BookmarksView,
  code: CodeView,
  inventory: InventoryView,
  performance: PerformanceView,
  query: QueryView,
  timeline: TimelineView,
};

/** The frame that never leaves: what is observed above, where to go at the left, the selection at the right, time below. */
export function AppFrame(): ReactElement {
  const link = useLive((state) => state.link);
  const overlay = useShortcuts();
  if (link === "refused") return <RefusedPage />;
  return (
    <div className="frame">
      <TopBar onPalette={() => overlay.show("palette")} onHelp={() => overlay.show("help")} />
      <Rail />
      <main className="view" aria-label="View">
        <FollowingNote />
        <Banner />
        <CurrentView />
      </main>
      <Inspector />
      <TimeBar />
      <NoticeLine />
      {overlay.shown === "palette" && (
        <Palette
          onClose={overlay.hide}
          onHelp={() => overlay.show("help")}
          onBookmark={() => overlay.show("bookmark")}
        />
      )}
      {overlay.shown === "bookmark" && (
        <Suspense fallback={null}>
          <BookmarkDialog onClose={overlay.hide} />
        </Suspense>
      )}
      {overlay.shown === "help" && <HelpSheet onClose={overlay.hide} />}
    </div>
  );
}

function CurrentView(): ReactElement {
  const { view, process, item } = usePlace();
  if (view === "processes") return <ProcessesView />;
  if (view === "process" && process) return <ProcessView key={process} process={process} />;
  if (view === "flow" && item) return <FlowView key={item} flow={item} />;
  if (view === "flows") return <FlowsView />;
  if (view === "web") return <WebView />;
  if (view === "events") return <EventsView />;
  const Late = LATE[view];
  if (Late)
    return (
      <Suspense fallback={<LoadingRows />}>
        <Late />
      </Suspense>
    );
  return <OverviewView />;
}
