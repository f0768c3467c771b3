import type { FlowAnswer } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { criticalStretches } from "../../domain/critical-rows.ts";
import { count } from "../../domain/format.ts";
import { mermaidOf, type SequenceRow, sequenceOf } from "../../domain/sequence.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { say } from "../../parts/notice.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { useElementWidth } from "../../parts/use-element-width.ts";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useInstant } from "../../place/use-instant.ts";
import { go, select, useHref, usePlace } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";
import { CriticalTable } from "./critical-table.tsx";
import { saveSvg } from "./sequence-export.ts";
import { lifelineX, rowId, SequenceDrawing, sizeOf } from "./sequence-svg.tsx";

const SHOWN = 500;

/** A flow as a sequence diagram: a line for each process, messages between them, what each did where it did it. */
export function SequenceView({ flow }: { readonly flow: FlowAnswer }): ReactElement {
  const sequence = useMemo(() => sequenceOf(flow), [flow]);
  const { critical } = usePlace().details;
  const path = useAnswer("criticalPath", { flow: flow.id }, { enabled: critical === true });
  const stretches = useMemo(
    () => (critical && path.data ? criticalStretches(sequence, path.data) : []),
    [critical, path.data, sequence],
  );
  const [all, setAll] = useState(false);
  const [box, room] = useElementWidth();
  const list = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const { selection } = usePlace();
  const until = useInstant();
  const selected = selection?.type === "event" ? selection.id : undefined;
  const shown = all ? sequence.rows.length : Math.min(SHOWN, sequence.rows.length);
  const size = sizeOf(sequence.lifelines.length, shown, room);
  const active = sequence.rows.findIndex(
    ({ id, receivedId }) => selected !== undefined && (id === selected || receivedId === selected),
  );
  useFirstFocus(list, true);
  const pick = (row: SequenceRow): void => {
    if (row.id !== undefined) select({ type: "event", id: row.id }, { replace: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    const to = movedTo(event.key, active, shown);
    if (to === undefined) return;
    pick(sequence.rows[to]!);
    document.getElementById(rowId(sequence.rows[to]!))?.scrollIntoView({ block: "nearest" });
    event.preventDefault();
  };
  return (
    <div className="sequence" ref={box}>
      <Exports
        flow={flow.id}
        critical={critical ?? false}
        onMermaid={() => void copyMermaid(mermaidOf(sequence))}
        onSvg={() => svg.current && saveSvg(svg.current, flow.id)}
      />
      {critical && path.error && <p className="failed">{path.error.message}</p>}
      {critical && path.data && <CriticalTable path={path.data} />}
      <div className="sequence-scroll">
        <div className="sequence-head" style={{ width: size.width }}>
          {sequence.lifelines.map(({ key, label, process }, place) => (
            <span
              key={key}
              className="sequence-name"
              style={{ left: lifelineX(place, size.column), maxWidth: size.column - 8 }}
            >
              {process ? <ProcessLink process={{ ...process, label }} here /> : label}
            </span>
          ))}
        </div>
        <div
          ref={list}
          className="sequence-list"
          role="listbox"
          tabIndex={0}
          aria-label="Sequence diagram"
          aria-activedescendant={active >= 0 && active < shown ? rowId(sequence.rows[active]!) : undefined}
          onKeyDown={onKeyDown}
        >
          <svg
            ref={svg}
            className="sequence-svg"
            width={size.width}
            height={size.height}
            viewBox={`0 0 ${size.width} ${size.height}`}
            role="presentation"
          >
            <SequenceDrawing
              sequence={sequence}
              shown={shown}
              size={size}
              start={flow.t}
              selected={selected}
              until={until}
              onPick={pick}
              critical={stretches}
            />
          </svg>
        </div>
        {sequence.rows.length > shown && (
          <button type="button" className="link-button" onClick={() => setAll(true)}>
            show {count(sequence.rows.length - shown)} more
          </button>
        )}
      </div>
    </div>
  );
}

function Exports({
  flow,
  critical,
  onMermaid,
  onSvg,
}: {
  readonly flow: string;
  readonly critical: boolean;
  readonly onMermaid: () => void;
  readonly onSvg: () => void;
}): ReactElement {
  const href = useHref();
  return (
    <div className="sequence-exports">
      <label className="check" title="What made it last as long as it did">
        <input
          type="checkbox"
          checked={critical}
          onChange={({ target }) =>
            go(({ details }) => ({ details: { ...details, critical: target.checked } }), { replace: true })
          }
        />
        critical path
      </label>
      <Link
        className="link-button"
        href={href({
          view: "performance",
          item: "flame",
          selection: undefined,
          filters: {},
          details: { inFlow: flow },
        })}
      >
        flame graph
      </Link>
      <button type="button" className="link-button" onClick={onMermaid}>
        copy as Mermaid
      </button>
      <button type="button" className="link-button" onClick={onSvg}>
        save as SVG
      </button>
    </div>
  );
}

async function copyMermaid(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied as Mermaid.");
  } catch (error) {
    say(`Not copied: ${error instanceof Error ? error.message : String(error)}`);
  }
}
