import type { TopicRow } from "elixirscope/protocol";
import { lazy, type ReactElement, Suspense, useMemo } from "react";
import { plural } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { useInstant } from "../../place/use-instant.ts";
import { go } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { AnswerBox } from "./answer-box.tsx";
import { BroadcastLine } from "./broadcast-list.tsx";

const FIRST = 6;
/** Newest ones that the map is made of. */
const BROADCASTS = 500;
const ENDS = 2_000;
const NONE: readonly never[] = [];

const TopicMapView = lazy(() =>
  import("./topic-map-view.tsx").then((all) => ({ default: all.TopicMapView })),
);

/** Topics with who listens and how much was said on them, as a map and as a list; those that speak to nobody stand out. */
export function TopicList({ open }: { readonly open: string | undefined }): ReactElement {
  const answer = useAnswerAt("topics", {});
  const broadcasts = useAnswerAt("broadcasts", { limit: BROADCASTS });
  const ended = useEnded();
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ rows }) => rows.length === 0}
      empty={
        <StateBox title="No topic yet">
          <p>Subscriptions and broadcasts of Phoenix.PubSub are recorded at every level.</p>
        </StateBox>
      }
    >
      {({ rows, complete }) => (
        <>
          <Suspense fallback={<LoadingRows rows={6} />}>
            <TopicMapView topics={rows} broadcasts={broadcasts.data?.rows ?? NONE} ended={ended} />
          </Suspense>
          <ul className="web-list" aria-label="Topics">
            {rows.map((row) => (
              <li key={`${row.pubsub} ${row.topic}`}>
                <TopicEntry row={row} open={row.topic === open} />
              </li>
            ))}
          </ul>
          {!complete && <p className="muted">Of broadcasts the newest were counted, and not all.</p>}
        </>
      )}
    </AnswerBox>
  );
}

/** Handles of those that ended until the cursor's instant, as far as the newest ends tell. */
function useEnded(): ReadonlySet<string> {
  const instant = useInstant();
  const version = useLastEventId();
  const { data } = useAnswer(
    "events",
    {
      kinds: ["exit"],
      order: "newest_first",
      limit: ENDS,
      ...(instant !== undefined && { to: instant }),
    },
    { version: instant === undefined ? version : 0, everyMs: 2_000 },
  );
  return useMemo(() => new Set(data?.rows.flatMap(({ process }) => process?.handle ?? []) ?? []), [data]);
}

function TopicEntry({ row, open }: { readonly row: TopicRow; readonly open: boolean }): ReactElement {
  return (
    <>
      <div className="web-line topic-line">
        <button
          type="button"
          className="link-button mono ellipsis"
          aria-expanded={open}
          onClick={() => go({ item: open ? undefined : row.topic, selection: undefined })}
        >
          {row.topic}
        </button>
        <span className="ellipsis">
          {row.subscribers.length === 0 && <span className="muted">nobody listens</span>}
          {row.subscribers.slice(0, FIRST).map((process) => (
            <span key={process.handle}>
              <ProcessLink process={process} />{" "}
            </span>
          ))}
          {row.subscribers.length > FIRST && (
            <span className="muted">and {row.subscribers.length - FIRST} more</span>
          )}
        </span>
        <span className="number">{plural(row.broadcasts, "broadcast")}</span>
        <span className={row.unheard > 0 ? "failed" : "muted"}>
          {row.unheard > 0 ? `${row.unheard} reached nobody` : ""}
        </span>
      </div>
      {open && <BroadcastsOn topic={row.topic} />}
    </>
  );
}

function BroadcastsOn({ topic }: { readonly topic: string }): ReactElement {
  const answer = useAnswerAt("broadcasts", { topic, limit: 100 });
  return (
    <div className="web-detail">
      <AnswerBox
        answer={answer}
        isEmpty={({ rows }) => rows.length === 0}
        empty={<p className="muted">Nothing was broadcast on it.</p>}
      >
        {({ rows }) => (
          <ul aria-label={`Broadcasts on ${topic}`}>
            {rows.map((row) => (
              <li key={row.id}>
                <BroadcastLine row={row} />
              </li>
            ))}
          </ul>
        )}
      </AnswerBox>
    </div>
  );
}
