import { ErlangMap, inspect, type Term, Tuple } from "@elixirscope/etf";
import { Fields, nameOf, numberOf, payloadTerm } from "./fields.ts";

/** What a state of a LiveView's process tells of it: level `state`. */
export interface LiveViewState {
  readonly assigns: ReadonlyMap<string, Term>;
  readonly components: readonly LiveComponent[];
}

/** A stateful component on the page. */
export interface LiveComponent {
  readonly cid: number;
  readonly module: string;
  readonly id: Term | undefined;
  readonly assigns: ReadonlyMap<string, Term>;
  /** The component that it stands in; `undefined`: the page itself. */
  readonly parent: number | undefined;
}

/** Of the page's assigns what LiveView itself keeps there. */
const INTERNAL: ReadonlySet<string> = new Set(["__changed__", "myself"]);

/** `undefined` for the state of another process, or one that was cut. */
export function liveViewState(payload: Uint8Array): LiveViewState | undefined {
  const state = new Fields(payloadTerm(payload));
  const socket = state.fields("socket");
  const assigns = socket.term("assigns");
  if (socket.name("__struct__") !== "Elixir.Phoenix.LiveView.Socket" || !(assigns instanceof ErlangMap))
    return undefined;
  return { assigns: assignsOf(assigns), components: componentsOf(state.term("components")) };
}

function assignsOf(term: Term | undefined): ReadonlyMap<string, Term> {
  const found = new Map<string, Term>();
  if (!(term instanceof ErlangMap)) return found;
  for (const [key, value] of term.entries) {
    const name = nameOf(key);
    if (name !== undefined && !INTERNAL.has(name)) found.set(name, value);
  }
  return found;
}

/** `{CidToComponent, IdToCid, Uuids}`, a component being `{Module, Id, Assigns, Private, Fingerprints}`. */
function componentsOf(term: Term | undefined): readonly LiveComponent[] {
  const byCid = term instanceof Tuple ? term.elements[0] : undefined;
  if (!(byCid instanceof ErlangMap)) return [];
  const parents = new Map<number, number>();
  const found: Omit<LiveComponent, "parent">[] = [];
  for (const [key, value] of byCid.entries) {
    const cid = numberOf(key);
    if (cid === undefined || !(value instanceof Tuple)) continue;
    const [module, id, assigns, inner] = value.elements;
    const children = new Fields(inner).term("children_cids");
    if (Array.isArray(children))
      for (const child of children as readonly Term[])
        if (numberOf(child) !== undefined) parents.set(numberOf(child)!, cid);
    found.push({ cid, module: nameOf(module) ?? "?", id, assigns: assignsOf(assigns) });
  }
  return found
    .map((component) => ({ ...component, parent: parents.get(component.cid) }))
    .sort((a, b) => a.cid - b.cid);
}

export interface AssignChange {
  readonly key: string;
  readonly before: Term | undefined;
  readonly after: Term | undefined;
}

/** Assigns that differ. Terms are compared as they print, up to a length nobody would read. */
export function changedAssigns(
  before: ReadonlyMap<string, Term>,
  after: ReadonlyMap<string, Term>,
): readonly AssignChange[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys]
    .map((key) => ({ key, before: before.get(key), after: after.get(key) }))
    .filter((change) => printed(change.before) !== printed(change.after));
}

const printed = (term: Term | undefined): string | undefined =>
  term === undefined ? undefined : inspect(term, { maxLength: 20_000 });
