import { ElixirScopeError } from "../model/index.ts";
import type { SavedView, SaveViewInput } from "../protocol/index.ts";
import type { TraceStore } from "../store/index.ts";

// Saved views stand in the recording's facts, as JSON: they go where the file goes, and a browser keeps nothing for an
// address whose port is another one tomorrow.

const KEY = "views";
const MOST = 500;

/** By name. */
export async function savedViews(store: TraceStore): Promise<readonly SavedView[]> {
  const text = (await store.meta()).get(KEY);
  return text === undefined ? [] : parsed(text);
}

/** What somebody else's file says is no more than text. */
function parsed(text: string): readonly SavedView[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(one: unknown): one is SavedView {
  const { name, href } = (one ?? {}) as Partial<SavedView>;
  return typeof name === "string" && typeof href === "string" && /^\/(?!\/)/.test(href);
}

/** @throws ElixirScopeError `STORE_READ_ONLY`, `QUERY_TOO_MANY_VIEWS` */
export async function saveView(
  store: TraceStore,
  { name, href, was = name }: SaveViewInput,
): Promise<readonly SavedView[]> {
  const others = (await savedViews(store)).filter((one) => one.name !== name && one.name !== was);
  if (others.length >= MOST) {
    throw new ElixirScopeError(
      "QUERY_TOO_MANY_VIEWS",
      `There are ${MOST} saved views in this recording already. Delete one first.`,
    );
  }
  return put(store, [...others, { name, href }]);
}

/** @throws ElixirScopeError `STORE_READ_ONLY` */
export async function dropView(store: TraceStore, name: string): Promise<readonly SavedView[]> {
  const before = await savedViews(store);
  return put(
    store,
    before.filter((one) => one.name !== name),
  );
}

function put(store: TraceStore, views: readonly SavedView[]): readonly SavedView[] {
  const byName = views.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  store.putMeta(KEY, JSON.stringify(byName));
  return byName;
}
