import type { FlowSpan, FlowStep } from "elixirscope/protocol";

/** What of Phoenix a flow went through: requests by an event in them, LiveViews by their process. */
export interface FlowWeb {
  readonly requests: readonly FlowStep[];
  readonly liveViews: readonly { readonly process: string; readonly label: string }[];
}

/** Steps that only a LiveView's process has; its first rendering is in a request's. */
const OF_LIVE_VIEWS: ReadonlySet<string> = new Set([
  "mount",
  "handle_params",
  "event",
  "component_event",
  "info",
  "async",
  "push",
]);

/** Requests and LiveViews in all parts of a flow, each once, in the order in which it came to them. */
export function webOf(root: FlowSpan): FlowWeb {
  const requests = new Map<number, FlowStep>();
  const liveViews = new Map<string, string>();
  const walk = ({ process, steps, hops }: FlowSpan): void => {
    const request = steps.find(({ type }) => type === "request");
    if (request) requests.set(request.id, request);
    else if (process && steps.some(({ type }) => OF_LIVE_VIEWS.has(type)))
      liveViews.set(process.handle, process.label);
    for (const { span } of hops) if (span) walk(span);
  };
  walk(root);
  return {
    requests: [...requests.values()],
    liveViews: [...liveViews].map(([process, label]) => ({ process, label })),
  };
}
