import type { TreeNode } from "elixirscope/protocol";
import { type KeyboardEvent, type ReactElement, useDeferredValue, useMemo, useRef, useState } from "react";
import { flattenTree, type TreeRow } from "../../domain/tree-rows.ts";
import { hasModifier, movedTo } from "../../parts/list-keys.ts";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { useFirstFocus } from "../../parts/use-first-focus.ts";
import { useRowWindow, useStartAtTop } from "../../parts/use-row-window.ts";
import type { ProcessOptions } from "../../place/place.ts";
import { useInstant } from "../../place/use-instant.ts";
import { go, select, usePlace } from "../../place/use-place.ts";
import type { AskError } from "../../server/ask.ts";
import { useSnapshot } from "../../server/at-instant.ts";
import { useAnswer, useTreeVersion } from "../../server/hooks.ts";
import { NoProcesses } from "./no-processes.tsx";
import { TreeLine } from "./tree-line.tsx";

const ROW = 28;

/** The supervision tree, virtualised: ten thousand processes cost what is on screen. */
export function ProcessTree({ options }: { readonly options: ProcessOptions }): ReactElement {
  const { data, error } = useRoots();
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const search = useDeferredValue(options.search.trim().toLowerCase());
  const rows = useMemo(
    () => flattenTree(data ?? [], { toggled, search, liveness: options.liveness }),
    [data, toggled, search, options.liveness],
  );
  if (error && !data) {
    return (
      <StateBox title="No process tree" tone="failure">
        <p>{error.message}</p>
      </StateBox>
    );
  }
  if (!data) return <LoadingRows />;
  if (rows.length === 0) return <NoProcesses options={options} />;
  const toggle = (key: string, open: boolean): void => setToggled(new Map(toggled).set(key, open));
  const toggleAll = (open: boolean): void =>
    setToggled(new Map(rows.filter((row) => row.expandable).map((row) => [row.node.key, open])));
  return (
    <TreeList rows={rows} shows={`${search}/${options.liveness}`} onToggle={toggle} onToggleAll={toggleAll} />
  );
}

/** The tree of now, or of the cursor's instant. */
function useRoots(): { readonly data: readonly TreeNode[] | undefined; readonly error: AskError | null } {
  const version = useTreeVersion();
  const instant = useInstant();
  const now = useAnswer("tree", {}, { version, enabled: instant === undefined });
  const then = useSnapshot({ tree: true, limit: 1 });
  return instant === undefined
    ? { data: now.data?.roots, error: now.error }
    : { data: then.data?.tree ?? undefined, error: then.error };
}

interface ListProps {
  /** Names what is listed; at another name the list starts at its top. */
  readonly shows: string;
  readonly rows: readonly TreeRow[];
  readonly onToggle: (key: string, open: boolean) => void;
  readonly onToggleAll: (open: boolean) => void;
}

function TreeList({ rows, shows, onToggle, onToggleAll }: ListProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const { selection } = usePlace();
  const [focusKey, setFocusKey] = useState<string>();
  const selected = selection?.type === "process" ? selection.process : undefined;
  const active = rows.findIndex((row) => row.node.key === focusKey);
  const virtual = useRowWindow(box, rows.length, ROW);
  useStartAtTop(box, shows);
  useFirstFocus(box, rows.length > 0);
  const moveTo = (index: number): void => {
    const row = rows[index];
    if (!row) return;
    setFocusKey(row.node.key);
    virtual.scrollTo(index);
    if (row.node.process) select({ type: "process", process: row.node.process.handle }, { replace: true });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (hasModifier(event)) return;
    const to = movedTo(event.key, active, rows.length) ?? foldKey(event.key, rows, active, onToggle);
    if (to !== undefined) moveTo(to);
    else if (event.key === "Enter") openPage(rows[active]);
    else if (event.key === "[" || event.key === "]") onToggleAll(event.key === "]");
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="scroll-list"
      role="tree"
      aria-label="Process tree"
      tabIndex={0}
      aria-activedescendant={virtual.has(active) ? rowId(rows[active]!) : undefined}
      onKeyDown={onKeyDown}
    >
      <div className="scroll-size" style={{ height: virtual.height }} role="presentation">
        {virtual.items.map(({ index, start }) => {
          const row = rows[index]!;
          return (
            <TreeLine
              key={row.node.key}
              id={rowId(row)}
              row={row}
              top={start}
              active={index === active}
              selected={row.node.process !== null && row.node.process.handle === selected}
              onPick={() => moveTo(index)}
              onOpen={() => openPage(row)}
              onToggle={() => onToggle(row.node.key, !row.expanded)}
            />
          );
        })}
      </div>
    </div>
  );
}

const rowId = (row: TreeRow): string => `tree-${row.node.key}`;

function openPage(row: TreeRow | undefined): void {
  const process = row?.node.process;
  if (process) go({ view: "process", process: process.handle, selection: undefined });
}

/** → opens or goes to the first child, ← closes or goes to the parent; the row to go to, the same for a fold. */
function foldKey(
  key: string,
  rows: readonly TreeRow[],
  active: number,
  onToggle: ListProps["onToggle"],
): number | undefined {
  const row = rows[active];
  if (!row) return undefined;
  if (key === "ArrowRight") {
    if (!row.expandable || row.expanded) return row.expanded ? active + 1 : active;
    onToggle(row.node.key, true);
    return active;
  }
  if (key !== "ArrowLeft") return undefined;
  if (!row.expanded) {
    const parent = rows.findIndex((other) => other.node.key === row.parent);
    return parent < 0 ? active : parent;
  }
  onToggle(row.node.key, false);
  return active;
}
