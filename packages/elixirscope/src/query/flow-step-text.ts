import type { Term } from "@elixirscope/etf";
import { Fields, type LibraryStep, parameterNames, type Request } from "../analysis/index.ts";

/** Longest term within a step's line, in characters. */
export const STEP_TERM = 120;

type Inspect = (term: Term, length: number) => string;

/** What a library told, in one line. Of parameters the names: values are in the event. */
export function libraryText(step: LibraryStep, inspect: Inspect): string {
  const { type, name, detail, failed } = step;
  const told = detail === undefined ? "" : (exceptionText(step) ?? inspect(detail, STEP_TERM));
  const line = TEXTS[type]?.(step, told) ?? [type.replaceAll("_", " "), name].filter(Boolean).join(" ");
  return failed && !SAYS_ITSELF.has(type) ? `${line} ⇒ ${told === "" ? "failed" : told}` : line;
}

/** `RuntimeError: message` */
function exceptionText({ failed, detail }: LibraryStep): string | undefined {
  const reason = new Fields(failed ? detail : undefined);
  const [exception, message] = [reason.name("__struct__"), reason.text("message")];
  return exception && `${exception.replace(/^Elixir\./, "")}: ${message ?? ""}`;
}

const SAYS_ITSELF: ReadonlySet<string> = new Set(["request", "crash", "join"]);

const TEXTS: Readonly<Record<string, (step: LibraryStep, told: string) => string>> = {
  request: ({ name, request }) => requestText(name, request!),
  served: ({ name }) => `${name}, a static file`,
  connect: ({ name }) => `connects to ${name}`,
  join: ({ name, failed, detail }) => `${failed ? "is refused" : "joins"} ${name}${names(detail)}`,
  in: ({ name, detail }) => `handle_in "${name}"${names(detail)}`,
  event: ({ name, detail, failed }) => `handle_event "${name}"${failed ? "" : names(detail)}`,
  component_event: ({ name, detail, failed }) => componentEvent(name, failed ? "" : names(detail)),
  component_update: ({ name }) => `updates ${name}`,
  component_destroyed: ({ name }) => `removes ${name}`,
  mount: ({ failed, detail }) => `mount${failed ? "" : names(detail)}`,
  info: (_, told) => `handle_info ${told}`,
  channel_info: (_, told) => `handle_info ${told}`,
  call: (_, told) => `handle_call ${told}`,
  cast: (_, told) => `handle_cast ${told}`,
  async: ({ name }) => `handle_async ${name}`,
  push: ({ name }, told) => `pushes ${name} to the browser: ${told}`,
  reply: ({ name }, told) => `replies ${name} to the browser: ${told}`,
  crash: (_, told) => `ends: ${told}`,
  track: ({ name }) => `tracks ${name}`,
  track_update: ({ name }) => `tracks ${name} anew`,
  untrack: ({ name }) => `untracks ${name}`,
  job: ({ name }) => `job ${name}`,
  http: ({ name }) => `requests ${name}`,
};

/** `(by, value)` */
function names(params: Term | undefined): string {
  const found = parameterNames(params);
  return found.length === 0 ? "" : `(${found.join(", ")})`;
}

function componentEvent(name: string, params: string): string {
  const [component = "", event = ""] = name.split(" ");
  return `${component} handle_event "${event}"${params}`;
}

function requestText(name: string, request: Request): string {
  const { status, durationNs, controller, action, liveView, error } = request;
  const handler = liveView ?? (controller && [controller, action].filter(Boolean).join("."));
  const by = handler === undefined ? "" : ` by ${handler.replace(/^Elixir\./, "")}`;
  const answer = durationNs === undefined ? "has no answer so far" : `→ ${status ?? "?"}`;
  const [frame] = error?.frames ?? [];
  const place = frame && frame.place !== "" ? ` at ${frame.place}` : "";
  const what =
    error && [error.exception?.replace(/^Elixir\./, "") ?? error.kind, error.message].filter(Boolean);
  return `${name} ${answer}${by}${what ? ` ⇒ ${what.join(": ")}${place}` : ""}`;
}
