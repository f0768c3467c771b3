import {
  changedAssigns,
  type LiveViewScene,
  type LiveViewSession,
  type LiveViewState,
  type LiveViewStep,
  liveViewState,
  liveViewTest,
} from "../analysis/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { PhoenixQuery } from "./phoenix-query.ts";
import { attempt, type Made } from "./request-tests-query.ts";

/** A test of the life of one page, in its first process. @throws ElixirScopeError `QUERY_NO_SUCH_LIVE_VIEW` */
export async function liveViewTests(id: string, phoenix: PhoenixQuery): Promise<Made> {
  const { session, states } = await phoenix.recordedLiveView(id);
  const [pid] = session.processes;
  const steps = session.steps.filter((step) => step.pid === pid && step.connected);
  const [view = ""] = session.views;
  const scenes = scenesOf(
    steps,
    states.filter((state) => state.pid === pid),
  );
  const events = scenes.map(({ event }) => event);
  return attempt(events, view === "" ? session.id : view.replace(/^Elixir\./, ""), () =>
    liveViewTest({ view, address: addressOf(session, pid), endpoint: undefined, scenes }),
  );
}

/** The first `handle_params` says where the page is: path and query. */
function addressOf({ steps }: LiveViewSession, pid: number | undefined): string | undefined {
  const uri = steps.find(
    (step) => step.type === "handle_params" && (step.pid === pid || !step.connected),
  )?.name;
  if (uri === undefined || !URL.canParse(uri)) return undefined;
  const { pathname, search } = new URL(uri);
  return `${pathname}${search}`;
}

const isUsers = ({ type }: LiveViewStep): boolean => type === "event" || type === "component_event";

/** From each thing that its user did to the next. */
function scenesOf(steps: readonly LiveViewStep[], states: readonly StoredEvent[]): readonly LiveViewScene[] {
  const told = states.flatMap((event) => {
    const state = liveViewState(event.payload);
    return state ? [{ id: event.id, state }] : [];
  });
  const users = steps.filter(isUsers);
  return users.flatMap((step, i) => {
    const next = users[i + 1]?.id ?? Number.POSITIVE_INFINITY;
    // The event is told when it is over, and the state behind it.
    const before = told.findLast(({ id }) => id < step.id)?.state;
    const after = told.findLast(({ id }) => id < next)?.state;
    const meanwhile = steps.filter(({ id }) => id > step.id && id < next);
    const isLast = i === users.length - 1;
    const ends =
      step.failed ||
      meanwhile.some(({ type, failed }) => type === "crash" || (type === "end" && !isLast) || failed);
    if (!before || !after) return [];
    return [
      sceneOf(
        step,
        { before, after },
        ends,
        meanwhile.some(({ type }) => type === "push"),
      ),
    ];
  });
}

function sceneOf(
  { id, name, detail, cid }: LiveViewStep,
  { before, after }: { readonly before: LiveViewState; readonly after: LiveViewState },
  ends: boolean,
  pushed: boolean,
): LiveViewScene {
  const changes = changedAssigns(before.assigns, after.assigns).filter(({ key }) => key !== "flash");
  // Of a component's event the name has the component in front.
  const event = cid === undefined ? name : name.slice(name.indexOf(" ") + 1);
  return { event: id, name: event, params: detail, cid, ends, changes, pushed };
}
