import type { EventRow } from "elixirscope/protocol";

/** Kind of an event, as the protocol names it. */
export type Kind = EventRow["kind"];

/** What a kind is about: chips, legend and time bar stand in this order. */
export type KindGroup = "life" | "flow" | "message" | "call" | "phoenix" | "structure" | "observation";

/** Outline of the mark that tells a kind apart without colour. */
export type MarkShape =
  | "plus"
  | "plus-ring"
  | "square"
  | "flag"
  | "flag-down"
  | "link"
  | "unlink"
  | "arrow-right"
  | "arrow-broken"
  | "arrow-left"
  | "chevron-down"
  | "chevron-up"
  | "bolt"
  | "diamond"
  | "inbox"
  | "clock"
  | "ring"
  | "tree"
  | "hexagon"
  | "dot"
  | "hatch"
  | "pulse"
  | "waves"
  | "feather"
  | "bar";

export interface KindLook {
  readonly kind: Kind;
  readonly group: KindGroup;
  /** As it stands in a list; short, so that the column keeps its width. */
  readonly label: string;
  /** One line for hover and help. */
  readonly means: string;
  readonly shape: MarkShape;
  /** Name of the CSS variable that holds its colour in the present theme. */
  readonly color: `--k-${string}`;
}

const look = (
  kind: Kind,
  group: KindGroup,
  shape: MarkShape,
  color: KindLook["color"],
  means: string,
  label = kind.replaceAll("_", " "),
): KindLook => ({ kind, group, label, means, shape, color });

/** Every kind once, in the order of its group. */
export const KIND_LOOKS: readonly KindLook[] = [
  look("send", "message", "arrow-right", "--k-send", "A message left a process"),
  look("receive", "message", "arrow-left", "--k-receive", "A message arrived in a mailbox"),
  look(
    "send_to_dead",
    "message",
    "arrow-broken",
    "--k-fail",
    "A message to a process that is gone, or to a name that nobody holds",
    "to dead",
  ),
  look("timer", "message", "clock", "--k-send", "A timer was set or cancelled"),
  look("flow_start", "flow", "flag", "--k-flow", "A flow reached an entry point"),
  look("flow_send", "flow", "arrow-right", "--k-flow", "A message was sent in a flow"),
  look("flow_receive", "flow", "arrow-left", "--k-flow", "A message of a flow was taken from the mailbox"),
  look("flow_end", "flow", "bar", "--k-flow", "A process did its part of a flow and waits again"),
  look("spawn", "life", "plus", "--k-spawn", "A process started another"),
  look("spawned", "life", "plus-ring", "--k-spawn", "A process began its life"),
  look("exit", "life", "square", "--k-exit", "A process ended"),
  look("call", "call", "chevron-down", "--k-call", "A traced function was called"),
  look("return", "call", "chevron-up", "--k-return", "A traced function returned"),
  look("exception", "call", "bolt", "--k-fail", "A traced function raised, threw or exited"),
  look("dispatch", "call", "inbox", "--k-state", "A process took up a message: a callback begins"),
  look("line", "call", "dot", "--k-call", "A line of code ran; variables bound since the line before"),
  look("state", "call", "diamond", "--k-state", "The state of a process after a callback"),
  look(
    "telemetry",
    "phoenix",
    "pulse",
    "--k-phoenix",
    "A telemetry event: a request, a LiveView's event, a query …",
  ),
  look(
    "pubsub",
    "phoenix",
    "waves",
    "--k-phoenix",
    "A topic was subscribed to, or a message broadcast on it",
  ),
  look("plug", "phoenix", "chevron-down", "--k-phoenix", "A plug of a request's pipeline was called"),
  look("phoenix", "phoenix", "feather", "--k-phoenix", "A LiveView, channel or presence did something"),
  look("register", "structure", "flag", "--k-name", "A process took a registered name"),
  look("unregister", "structure", "flag-down", "--k-name", "A process gave its name back"),
  look("link", "structure", "link", "--k-link", "A process linked itself to another"),
  look("unlink", "structure", "unlink", "--k-link", "A process took a link away"),
  look(
    "getting_linked",
    "structure",
    "link",
    "--k-link",
    "Another process linked itself to this one",
    "linked",
  ),
  look(
    "getting_unlinked",
    "structure",
    "unlink",
    "--k-link",
    "Another process took its link away",
    "unlinked",
  ),
  look(
    "monitor",
    "structure",
    "link",
    "--k-link",
    "A process began to monitor another one, a port or a clock",
  ),
  look("demonitor", "structure", "unlink", "--k-link", "A process took its monitor away"),
  look(
    "name",
    "structure",
    "flag",
    "--k-name",
    "A name in :global, a Registry or a :via module came or went",
  ),
  look("log", "observation", "square", "--k-note", "Something was logged"),
  look(
    "system_monitor",
    "observation",
    "bolt",
    "--k-gap",
    "A process took too long or too much: garbage collection, schedule, heap, mailbox, port",
    "monitor",
  ),
  look("process", "observation", "ring", "--k-note", "A process as it was found at attach"),
  look("supervisor", "observation", "tree", "--k-note", "A supervisor and its children"),
  look("application", "observation", "hexagon", "--k-note", "An application and its top supervisor"),
  look("sample", "observation", "dot", "--k-note", "Memory, mailbox and reductions at an instant"),
  look("session", "observation", "bar", "--k-note", "A change in what is recorded"),
  look("gap", "observation", "hatch", "--k-gap", "Events that were not recorded"),
];

/** Samples come by the hundred every second and tell of no event: they show only when asked for. */
export const WITHOUT_SAMPLES: readonly Kind[] = KIND_LOOKS.map(({ kind }) => kind).filter(
  (kind) => kind !== "sample",
);

const BY_KIND: ReadonlyMap<string, KindLook> = new Map(KIND_LOOKS.map((entry) => [entry.kind, entry]));

/** How a kind looks; a kind of a newer version than this page looks like a note. */
export const lookOf = (kind: Kind): KindLook =>
  BY_KIND.get(kind) ?? look(kind, "observation", "dot", "--k-note", "A kind this page does not know");

export const isKind = (text: string): text is Kind => BY_KIND.has(text);

/** Groups with the words that stand above their chips. */
export const KIND_GROUPS: readonly { readonly group: KindGroup; readonly title: string }[] = [
  { group: "message", title: "Messages" },
  { group: "flow", title: "Flows" },
  { group: "life", title: "Lifecycle" },
  { group: "call", title: "Calls and states" },
  { group: "phoenix", title: "Phoenix" },
  { group: "structure", title: "Names and links" },
  { group: "observation", title: "Observations" },
];
