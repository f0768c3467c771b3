import type { LiveViewAnswer } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { bytes, count, duration, plural } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { StateBox } from "../../parts/state-box.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { TestButton } from "../../parts/test-button.tsx";
import { WhyLink } from "../../parts/why-link.tsx";
import { go } from "../../place/use-place.ts";
import { useAnswerAt } from "../../server/at-instant.ts";
import { useAnswer } from "../../server/hooks.ts";
import { AnswerBox } from "./answer-box.tsx";
import { Assigns } from "./assigns.tsx";
import { ComponentTree } from "./component-tree.tsx";
import { LiveViewSteps } from "./live-view-steps.tsx";

/** One LiveView: what it did step by step, what each step changed, what it holds now. */
export function LiveViewDetail({ liveView }: { readonly liveView: string }): ReactElement {
  const answer = useAnswerAt("liveView", { liveView });
  return (
    <AnswerBox
      answer={answer}
      isEmpty={({ steps }) => steps.length === 0}
      empty={<StateBox title="No steps" />}
    >
      {(data) => (
        <div className="view-columns">
          <div>
            <button type="button" className="link-button" onClick={() => go({ item: undefined })}>
              All LiveViews
            </button>
            <h2>
              {data.view ?? data.id} <WhyLink about={{ type: "liveView", id: liveView }} />{" "}
              <TestButton of={{ liveView }} />
            </h2>
            <p className="muted">
              {data.processes.map((process) => (
                <span key={process.handle}>
                  <ProcessLink process={process} withPid />{" "}
                </span>
              ))}
              {data.exitReason && (
                <>
                  ended: <TermInline text={data.exitReason.text} />
                </>
              )}
            </p>
            <FirstRequest steps={data.steps} />
            {data.views.length > 1 && <p className="muted">went {data.views.join(" → ")}</p>}
            <p>{sumText(data)}</p>
            <LiveViewSteps steps={data.steps} />
          </div>
          <Holdings data={data} />
        </div>
      )}
    </AnswerBox>
  );
}

/** The request that rendered its page the first time, where that is in the record. */
function FirstRequest({ steps }: Pick<LiveViewAnswer, "steps">): ReactElement | null {
  const dead = steps.find(({ connected }) => !connected);
  const { data } = useAnswer("request", { id: dead?.id ?? 0 }, { enabled: dead !== undefined });
  if (!dead || !data) return null;
  return (
    <p className="muted">
      first rendered by{" "}
      <button
        type="button"
        className="link-button mono"
        onClick={() => go({ section: "requests", item: String(data.id), selection: undefined })}
      >
        {data.method} {data.path}
      </button>
    </p>
  );
}

function sumText({ renders, renderNs, events, messages, crashes, steps }: LiveViewAnswer): string {
  const pushes = steps.filter(({ type }) => type === "push");
  const sent = pushes.reduce((sum, step) => sum + (step.bytes ?? 0), 0);
  const unknown = pushes.filter((step) => step.bytes === null).length;
  return [
    plural(events, "event"),
    plural(messages, "message"),
    `${plural(renders, "render")} in ${duration(renderNs)}`,
    `${plural(pushes.length, "diff")} sent, ${bytes(sent)}${unknown > 0 ? ` and ${count(unknown)} of unknown size` : ""}`,
    ...(crashes > 0 ? [plural(crashes, "crash", "crashes")] : []),
  ].join(" · ");
}

/** Assigns and components of the newest state. */
function Holdings({ data }: { readonly data: LiveViewAnswer }): ReactElement {
  if (data.assigns.length === 0) {
    return (
      <aside>
        <h2 className="minor">Assigns</h2>
        <p className="muted">Not recorded at this level: they are from the level state on.</p>
      </aside>
    );
  }
  return (
    <aside>
      <h2 className="minor">Assigns</h2>
      <Assigns rows={data.assigns} />
      {data.components.length > 0 && (
        <>
          <h2 className="minor">Components</h2>
          <ComponentTree components={data.components} />
        </>
      )}
    </aside>
  );
}
