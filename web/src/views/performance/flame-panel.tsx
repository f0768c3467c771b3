import { foldedStacks, type Input, type Output, speedscopeProfile } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from "react";
import { type FlameFrame, flameLayout, flameLines, nextFrame } from "../../domain/flame-layout.ts";
import { count, duration, percent, plural } from "../../domain/format.ts";
import { hasModifier } from "../../parts/list-keys.ts";
import { saveFile } from "../../parts/save-file.ts";
import { Segmented } from "../../parts/segmented.tsx";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";
import { FlameTable } from "./flame-table.tsx";
import { NothingWorked } from "./nothing-worked.tsx";

const ROW = 22;

/** What called what, as wide as it took. Drawn by ourselves: boxes in rows are what no library makes keyboards and screen readers reach. */
export function FlamePanel({ input }: { readonly input: Input<"flame"> }): ReactElement {
  const answer = useAnswer("flame", input);
  return (
    <AnswerBox answer={answer} isEmpty={({ roots }) => roots.length === 0} empty={<NothingWorked />}>
      {(flame) => <Flame flame={flame} />}
    </AnswerBox>
  );
}

function Flame({ flame }: { readonly flame: Output<"flame"> }): ReactElement {
  const { stack = NOTHING } = usePlace().details;
  const [mode, setMode] = useState<"graph" | "table">("graph");
  const layout = useMemo(() => flameLayout(flame.roots, stack), [flame.roots, stack]);
  return (
    <section className="result" aria-label="Flame graph">
      <div className="result-head">
        <Segmented
          label="Show as"
          value={mode}
          options={[
            { value: "graph", text: "Graph" },
            { value: "table", text: "Table" },
          ]}
          onChange={setMode}
        />
        <span className="muted" role="status">
          {duration(layout.totalNs)}
          {flame.unfinished > 0 && `; ${plural(flame.unfinished, "frame")} without a known end`}
          {!flame.complete && `; only the newest ${count(flame.scanned)} events were read`}
        </span>
        {stack.length > 0 && (
          <button type="button" className="link-button" onClick={() => focusOn([])}>
            the whole graph
          </button>
        )}
        <span className="toolbar-end">
          <button
            type="button"
            className="link-button"
            title="As flamegraph.pl and inferno read them"
            onClick={() => saveFile(foldedStacks(flame), "flame.folded", "text/plain")}
          >
            save folded stacks
          </button>
          <button
            type="button"
            className="link-button"
            onClick={() =>
              saveFile(JSON.stringify(speedscopeProfile(flame)), "flame.speedscope.json", "application/json")
            }
          >
            save for speedscope
          </button>
        </span>
      </div>
      {mode === "graph" ? (
        <Graph layout={layout} />
      ) : (
        <FlameTable lines={flameLines(layout)} totalNs={layout.totalNs} onFocus={focusOn} />
      )}
    </section>
  );
}

const NOTHING: readonly string[] = [];

/** Makes a frame as wide as the graph. */
const focusOn = (stack: readonly string[]): void => go(({ details }) => ({ details: { ...details, stack } }));

function Graph({ layout }: { readonly layout: ReturnType<typeof flameLayout> }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | undefined>();
  const now = layout.frames.find(({ key }) => key === active);
  useFirstFocus(box, true);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    if (event.key === "Enter" && now) focusOn(now.stack);
    else if (event.key === "Backspace") focusOn(layout.frames.findLast(({ around }) => around)?.stack ?? []);
    else if (event.key.startsWith("Arrow")) {
      const next = nextFrame(layout, active, event.key);
      if (next) setActive(next.key);
      document.getElementById(idOf(next ?? now))?.scrollIntoView({ block: "nearest" });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="flame">
      <div
        ref={box}
        className="flame-graph"
        role="tree"
        aria-label="Frames"
        tabIndex={0}
        aria-activedescendant={now ? idOf(now) : undefined}
        onKeyDown={onKeyDown}
      >
        <div className="flame-size" style={{ height: layout.depth * ROW }}>
          {layout.frames.map((frame) => (
            <Frame
              key={frame.key}
              frame={frame}
              totalNs={layout.totalNs}
              active={frame.key === active}
              onPick={() => {
                setActive(frame.key);
                focusOn(frame.stack);
              }}
            />
          ))}
        </div>
      </div>
      <p className="flame-said mono" aria-live="polite">
        {now
          ? wordsOf(now, layout.totalNs)
          : "Arrows go from frame to frame, Enter makes one as wide as it goes, Backspace the one around it."}
      </p>
    </div>
  );
}

const idOf = (frame: FlameFrame | undefined): string => `flame-${frame?.key ?? ""}`;

function wordsOf({ row }: FlameFrame, totalNs: number): string {
  const share = totalNs === 0 ? "" : `, ${percent((row.totalNs / totalNs) * 100)} %`;
  return `${row.name}: ${duration(row.totalNs)}${share}, ${duration(row.ownNs)} of it its own, ${count(row.count)}×`;
}

interface FrameProps {
  readonly frame: FlameFrame;
  readonly totalNs: number;
  readonly active: boolean;
  readonly onPick: () => void;
}

const HUES = 5;

function Frame({ frame, totalNs, active, onPick }: FrameProps): ReactElement {
  const { row, depth, left, width, around } = frame;
  const words = wordsOf(frame, totalNs);
  const classes = ["flame-frame", `hue-${hueOf(row.name)}`, around && "around", active && "active"];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the graph, which holds the focus
    <div
      id={idOf(frame)}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={active}
      aria-label={words}
      title={words}
      className={classes.filter(Boolean).join(" ")}
      style={{ top: depth * ROW, left: `${left * 100}%`, width: `${width * 100}%` }}
      onClick={onPick}
    >
      {row.name}
    </div>
  );
}

/** Frames of one module have one colour; it tells neighbours apart and nothing else. */
function hueOf(name: string): number {
  const module = name.split(/[.(/ ]\W*(?=[a-z_][^.]*$)/)[0] ?? name;
  let sum = 0;
  for (const letter of module) sum = (sum * 31 + letter.charCodeAt(0)) % 9_973;
  return sum % HUES;
}
