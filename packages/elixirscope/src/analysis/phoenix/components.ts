import type { Term } from "@elixirscope/etf";
import { type AssignChange, changedAssigns, type LiveComponent, type LiveViewState } from "./assigns.ts";
import { Fields } from "./fields.ts";
import type { LiveViewStep } from "./live-views.ts";

/** A stateful component with what became of it. A page that was mounted again has new ones, in another process. */
export interface ComponentHistory extends LiveComponent {
  readonly pid: number;
  /** Of the first state that has it. */
  readonly since: bigint;
  /** `undefined`: it is on the page in the newest state of its process. */
  readonly goneAt: bigint | undefined;
  /** Its assigns are the newest; this is how they came about, oldest first, by the id of the state. */
  readonly versions: readonly {
    readonly id: number;
    readonly ts: bigint;
    readonly changes: readonly AssignChange[];
  }[];
  /** The page gave it assigns. */
  readonly updates: number;
  readonly events: number;
  /** Told by LiveView from 1.2 on; `undefined` where nothing tells. */
  readonly renders: number | undefined;
  /** Diffs with a part of it: after its first render, which is sent with the page. */
  readonly sent: number;
}

/** A state of one of the session's processes, oldest first. */
export interface StateOf {
  readonly id: number;
  readonly ts: bigint;
  readonly pid: number;
  readonly state: LiveViewState;
}

interface Draft {
  readonly pid: number;
  readonly since: bigint;
  last: LiveComponent;
  goneAt: bigint | undefined;
  readonly versions: ComponentHistory["versions"][number][];
}

/** Components in the order in which they came. */
export function componentHistories(
  states: readonly StateOf[],
  steps: readonly LiveViewStep[],
): readonly ComponentHistory[] {
  const drafts: Draft[] = [];
  const living = new Map<string, Draft>();
  for (const { id, ts, pid, state } of states) {
    const now = new Set<string>();
    for (const component of state.components) {
      const key = `${pid} ${component.cid}`;
      now.add(key);
      const known = living.get(key);
      if (known) grown(known, component, { id, ts });
      else {
        const draft = { pid, since: ts, last: component, goneAt: undefined, versions: [] };
        drafts.push(draft);
        living.set(key, draft);
      }
    }
    for (const [key, draft] of living)
      if (draft.pid === pid && !now.has(key)) {
        draft.goneAt = ts;
        living.delete(key);
      }
  }
  const tells = steps.some(({ type, cid }) => type === "render" && cid !== undefined);
  return drafts.map((draft) => finished(draft, steps, tells));
}

function grown(
  draft: Draft,
  component: LiveComponent,
  at: { readonly id: number; readonly ts: bigint },
): void {
  const changes = changedAssigns(draft.last.assigns, component.assigns);
  if (changes.length > 0) draft.versions.push({ ...at, changes });
  draft.last = component;
}

function finished(draft: Draft, steps: readonly LiveViewStep[], tells: boolean): ComponentHistory {
  const { pid, since, goneAt, last, versions } = draft;
  const mine = steps.filter((step) => step.pid === pid && step.cid === last.cid);
  const count = (type: LiveViewStep["type"]): number => mine.filter((step) => step.type === type).length;
  return {
    ...last,
    pid,
    since,
    goneAt,
    versions,
    updates: count("component_update"),
    events: count("component_event"),
    renders: tells ? count("render") : undefined,
    sent: steps.filter((step) => step.pid === pid && step.type === "push" && isIn(last.cid, step.detail))
      .length,
  };
}

/** A diff has the parts of components under `c`, by their numbers. */
function isIn(cid: number, diff: Term | undefined): boolean {
  const parts = new Fields(diff).entries("c");
  return parts.some(([key]) => Number(key) === cid);
}
