import type { Input } from "elixirscope/protocol";
import { type ReactElement, useMemo } from "react";
import { duration, offset } from "../../domain/format.ts";
import { InstantNote } from "../../parts/instant-note.tsx";
import { Segmented } from "../../parts/segmented.tsx";
import type { Filters } from "../../place/place.ts";
import { useInstant } from "../../place/use-instant.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { FlamePanel } from "./flame-panel.tsx";
import { HotPanel } from "./hot-panel.tsx";
import { WaitsPanel } from "./waits-panel.tsx";
import { WorkField } from "./work-field.tsx";

const SIDES = [
  { value: "flame", text: "Flame graph", title: "What called what, as wide as it took" },
  { value: "hot", text: "Hot functions", title: "Functions and callbacks by their own time" },
  { value: "waits", text: "Waiting", title: "Time in mailboxes against time at work, by process" },
] as const;

type Side = (typeof SIDES)[number]["value"];

/** Where time went: of everything, of a process, of a flow, of functions, of a stretch of time. */
export function PerformanceView(): ReactElement {
  const { item, filters, details } = usePlace();
  const side: Side = SIDES.find(({ value }) => value === item)?.value ?? "flame";
  const instant = useInstant();
  const { process, mfa, from, to = instant } = filters;
  const { inFlow } = details;
  const input = useMemo(
    (): Input<"flame"> => ({
      ...(process && { process }),
      ...(mfa && { mfa }),
      ...(inFlow && { flow: inFlow }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    }),
    [process, mfa, inFlow, from, to],
  );
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Performance</h1>
        <Segmented
          label="What to see"
          value={side}
          options={SIDES}
          onChange={(next) => go({ item: next, details: { ...details, stack: undefined } })}
        />
        <WorkField
          label="Process"
          hint="name or pid"
          value={process}
          onChange={(value) => go({ filters: changed(filters, "process", value), details: { inFlow } })}
        />
        <WorkField
          label="Flow"
          hint="f-12"
          value={inFlow}
          onChange={(value) => go({ details: { inFlow: value } })}
        />
        <WorkField
          label="Functions"
          hint="Hello.*"
          value={mfa}
          onChange={(value) => go({ filters: changed(filters, "mfa", value), details: { inFlow } })}
        />
        {from !== undefined && filters.to !== undefined && (
          <button
            type="button"
            className="chip"
            aria-pressed="true"
            title="Look at all of the time again"
            onClick={() => go(({ filters: { from: _from, to: _to, ...rest } }) => ({ filters: rest }))}
          >
            {duration(filters.to - from)} from {offset(from)} ×
          </button>
        )}
        <InstantNote />
      </div>
      {side === "flame" && <FlamePanel input={input} />}
      {side === "hot" && <HotPanel input={input} />}
      {side === "waits" && <WaitsPanel input={input} />}
    </div>
  );
}

function changed(filters: Filters, name: "process" | "mfa", value: string | undefined): Filters {
  const { [name]: _before, ...others } = filters;
  return value === undefined ? others : { ...others, [name]: value };
}
