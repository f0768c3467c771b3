import type { LineList, SourceAnswer } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useEffect, useEffectEvent, useMemo, useRef } from "react";
import { lineLooks } from "../../domain/line-states.ts";
import { sourceLines } from "../../domain/source-lines.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { useRowWindow } from "../../parts/use-row-window.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { useStatus } from "../../server/hooks.ts";
import { LinePanel } from "./line-panel.tsx";
import { SourceLine } from "./source-line.tsx";

const ROW = 20;

interface Props {
  readonly source: SourceAnswer;
  readonly text: string;
  readonly list: LineList | undefined;
}

/** The source, line by line; below it, what is known of the line that is chosen. */
export function SourceText({ source, text, list }: Props): ReactElement {
  const { line } = usePlace();
  const lines = useMemo(() => sourceLines(text, source.file ?? ""), [text, source.file]);
  const isTraced = useStatus()?.nodes.some((node) => node.lines.some((name) => covers(name, source.module)));
  const isRecorded = (isTraced ?? false) || (list?.rows.length ?? 0) > 0;
  const looks = useMemo(
    () => lineLooks(lines.length, source.executable, list, isRecorded),
    [lines, source.executable, list, isRecorded],
  );
  const chosen = typeof line === "string" ? (source.functions[line] ?? definedAt(text, line)) : line;
  const box = useRef<HTMLDivElement>(null);
  const rows = useRowWindow(box, lines.length, ROW);
  const { scrollTo } = rows;
  const scroll = useEffectEvent((index: number) => scrollTo(index));
  useEffect(() => {
    if (chosen !== undefined) scroll(chosen - 1);
  }, [chosen]);
  const onKey = (event: KeyboardEvent): void => {
    const to = hasModifier(event) ? undefined : movedTo(event.key, (chosen ?? 0) - 1, lines.length);
    if (to === undefined) return;
    event.preventDefault();
    go({ line: to + 1 }, { replace: true });
  };
  return (
    <>
      <div
        ref={box}
        className="source-box"
        role="listbox"
        aria-label={`Source of ${source.module}`}
        aria-activedescendant={chosen === undefined ? undefined : `line-${chosen}`}
        tabIndex={0}
        onKeyDown={onKey}
      >
        <div style={{ height: rows.height }} role="presentation">
          {rows.items.map(({ index, start }) => (
            <SourceLine
              key={index}
              number={index + 1}
              top={start}
              of={lines.length}
              tokens={lines[index]!}
              look={looks[index]!}
              isChosen={index + 1 === chosen}
            />
          ))}
        </div>
      </div>
      {chosen !== undefined && chosen <= lines.length && (
        <LinePanel key={chosen} source={source} line={chosen} look={looks[chosen - 1]!} />
      )}
    </>
  );
}

/** `Hello.*` covers `Hello.Counter`. */
const covers = (name: string, module: string): boolean =>
  name === module || (name.endsWith(".*") && `${module}.`.startsWith(name.slice(0, -1)));

/** Where a function seems to be defined, where there is no debug info to tell. */
function definedAt(text: string, name: string): number | undefined {
  const plain = name.replace(/\/\d+$/, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`^(?:\\s*defp?\\s+${plain}(?![\\w?!])|${plain}\\()`);
  const index = text.split("\n").findIndex((line) => found.test(line));
  return index < 0 ? undefined : index + 1;
}
