import { Copy, History } from "lucide-react";
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from "react";
import { count, plural } from "../domain/format.ts";
import { type TermRow, termRows } from "../domain/term-rows.ts";
import { parseTerm } from "../domain/term-tree.ts";
import { hasModifier, movedTo } from "./list-keys.ts";
import { say } from "./notice.ts";
import { Tokens } from "./term-inline.tsx";
import { useRowWindow } from "./use-row-window.ts";

const ROW = 22;
const ROOM = 60;
const INDENT = 16;
const TALLEST = 24;

interface Props {
  readonly text: string;
  /** Asks when the value at `path` changed last. */
  readonly onWhen: (path: string) => void;
}

/** A whole term as a tree: fold, search, copy each part, and ask when it changed. */
export function TermTreeView({ text, onWhen }: Props): ReactElement {
  const nodes = useMemo(() => parseTerm(text), [text]);
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [typed, setTyped] = useState("");
  const search = typed.trim().toLowerCase();
  const [focus, setFocus] = useState("0");
  const rows = useMemo(() => termRows(nodes, { toggled, search, room: ROOM }), [nodes, toggled, search]);
  const hits = rows.flatMap(({ hit }, index) => (hit ? [index] : []));
  const list = useRef<HTMLDivElement>(null);
  const active = rows.findIndex(({ key }) => key === focus);
  const virtual = useRowWindow(list, rows.length, ROW);
  const moveTo = (index: number): void => {
    const row = rows[index];
    if (!row) return;
    setFocus(row.key);
    virtual.scrollTo(index);
  };
  const toggle = (row: TermRow, open: boolean): void => setToggled(new Map(toggled).set(row.key, open));
  const nextHit = (): void => moveTo(hits.find((index) => index > active) ?? hits[0] ?? -1);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    const to = movedTo(event.key, active, rows.length) ?? foldKey(event.key, rows, active, toggle);
    const row = rows[active];
    if (to !== undefined) moveTo(to);
    else if (event.key === "Enter" && row) onWhen(row.path);
    else if (event.key === "y" && row) void copy(row.text);
    else if (event.key === "[" || event.key === "]") setToggled(allOf(rows, event.key === "]"));
    else if (event.key === "n") nextHit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="term-tree">
      <label className="search term-search">
        <input
          type="search"
          aria-label="Search in the state"
          placeholder="key or value"
          spellCheck={false}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            nextHit();
          }}
        />
        <span className="muted" role="status">
          {search === "" ? "" : plural(hits.length, "hit")}
        </span>
      </label>
      <div
        ref={list}
        className="scroll-list term-list"
        style={{ height: Math.min(TALLEST, rows.length) * ROW + 8 }}
        role="tree"
        aria-label="State"
        tabIndex={0}
        aria-activedescendant={virtual.has(active) ? lineId(rows[active]!) : undefined}
        onKeyDown={onKeyDown}
      >
        <div className="scroll-size" style={{ height: virtual.height }} role="presentation">
          {virtual.items.map(({ index, start }) => {
            const row = rows[index]!;
            return (
              <Line
                key={row.key}
                row={row}
                top={start}
                active={index === active}
                onPick={() => moveTo(index)}
                onToggle={() => toggle(row, !row.expanded)}
                onWhen={() => onWhen(row.path)}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

const lineId = ({ key }: TermRow): string => `term-${key}`;
const allOf = (rows: readonly TermRow[], open: boolean): ReadonlyMap<string, boolean> =>
  new Map(rows.filter(({ expandable }) => expandable).map(({ key }) => [key, open || key === "0"]));

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied as Elixir.");
  } catch (error) {
    say(`Not copied: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface LineProps {
  readonly row: TermRow;
  readonly top: number;
  readonly active: boolean;
  readonly onPick: () => void;
  readonly onToggle: () => void;
  readonly onWhen: () => void;
}

function Line({ row, top, active, onPick, onToggle, onWhen }: LineProps): ReactElement {
  const what = row.within ? `what it stands in, ${row.path}` : row.path;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the tree, which holds the focus
    <div
      id={lineId(row)}
      role="treeitem"
      aria-level={row.level}
      aria-expanded={row.expandable ? row.expanded : undefined}
      aria-selected={active}
      className={["row term-row", active && "active", row.hit && "hit"].filter(Boolean).join(" ")}
      style={{ transform: `translateY(${top}px)`, height: ROW, paddingLeft: 8 + (row.level - 1) * INDENT }}
      onClick={() => {
        onPick();
        if (row.expandable) onToggle();
      }}
    >
      <span
        className={row.expandable ? `term-mark${row.expanded ? " open" : ""}` : "term-mark none"}
        aria-hidden="true"
      />
      <span className="ellipsis">
        <Tokens tokens={row.tokens} />
        {row.expandable && <span className="term-count"> {plural(row.items, "item")}</span>}
      </span>
      <span className="term-tools">
        <button
          type="button"
          className="icon-button"
          tabIndex={-1}
          title={`When did ${what} change? (Enter)`}
          aria-label={`When did ${what} change?`}
          onClick={(event) => {
            event.stopPropagation();
            onPick();
            onWhen();
          }}
        >
          <History size={13} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button"
          tabIndex={-1}
          title="Copy as Elixir (y)"
          aria-label={`Copy ${count(row.text.length)} characters as Elixir`}
          onClick={(event) => {
            event.stopPropagation();
            void copy(row.text);
          }}
        >
          <Copy size={13} aria-hidden="true" />
        </button>
      </span>
    </div>
  );
}

/** → opens or goes in, ← closes or goes out; the row to go to. */
function foldKey(
  key: string,
  rows: readonly TermRow[],
  active: number,
  toggle: (row: TermRow, open: boolean) => void,
): number | undefined {
  const row = rows[active];
  if (!row) return undefined;
  if (key === "ArrowRight") {
    if (!row.expandable || row.expanded) return row.expanded ? active + 1 : active;
    toggle(row, true);
    return active;
  }
  if (key !== "ArrowLeft") return undefined;
  if (!row.expanded) {
    const parent = row.key.replace(/\.?\d+$/, "");
    return Math.max(
      0,
      rows.findIndex((other) => other.key === parent),
    );
  }
  toggle(row, false);
  return active;
}
