/**
 * What the collection layer shows of a node, as data: one row for each behaviour. A test in `node/` or `e2e/` cites a
 * row at the end of its title, as in `it("follows a process from spawn to exit [observer.spawn] [observer.exit]")`.
 * `requirements.test.ts` fails on a row that no test cites (but see `requirements-pending.ts`) and on a citation that
 * names no row.
 */

export type Collector =
  | "ProcessObserver"
  | "MessageInterceptor"
  | "StateRecorder"
  | "CodeTracer"
  | "Flows"
  | "TimeTravel"
  | "Levels"
  | "Safety"
  | "TraceDB"
  | "QueryEngine"
  | "Insight"
  | "Reach"
  | "Documentation";

export interface Requirement {
  readonly id: string;
  readonly collector: Collector;
  /** A whole sentence about what a user gets, or what a node is spared. */
  readonly says: string;
  /** The first OTP release in which it holds; in all later ones too. */
  readonly fromOtp: 25 | 27;
}

type Rows = Readonly<Record<string, string>>;

const rows = (collector: Collector, area: string, of: Rows, fromOtp: 25 | 27 = 25): readonly Requirement[] =>
  Object.entries(of).map(([name, says]) => ({ id: `${area}.${name}`, collector, says, fromOtp }));

export const REQUIREMENTS: readonly Requirement[] = [
  ...rows("ProcessObserver", "observer", {
    spawn: "A spawn is recorded with parent, child and the function that the child starts with.",
    exit: "An exit is recorded with its reason.",
    "exit.last-messages": "Of a process that ended, the last messages that it took can be told.",
    link: "Links and their end are recorded at both ends.",
    monitor: "Who monitors whom can be told.",
    register: "A registered name is recorded when it is taken and when it is given up.",
    "name.global": "A name in :global is known for its process, from when to when.",
    "name.registry": "A name in a Registry is known for its process, from when to when.",
    "name.via": "A name given through any other :via module is known for its process.",
    "label.initial-call":
      "A process is told by the callback that it runs, not by the library function it started in.",
    "label.process-label": "A label in the process dictionary ($process_label) is shown.",
    ancestors: "The ancestors of a process are known.",
    "supervision.tree": "Each living process stands once in the tree, where its supervisor has it.",
    "supervision.child-specs":
      "Of each child the tree knows the specification: start function, restart, shutdown, type.",
    "supervision.strategy": "Of each supervisor the tree knows strategy, callback module and limits.",
    "supervision.restart": "A restart is told as one: who died of what, and who took the place.",
    "supervision.restart-intensity": "How close a supervisor has come to its restart limit can be told.",
    "supervision.changes":
      "Children that come, go and are restarted appear in the tree without being asked for.",
    "supervision.hung": "A supervisor that does not answer is named as such and holds up nothing else.",
    samples: "All processes are sampled: memory, reductions, mailbox, status, current function.",
    "samples.many":
      "On a node with 100,000 processes a round of samples is bounded, and each process has its turn.",
    "system-monitor.long-gc": "A long garbage collection is an event of its process.",
    "system-monitor.long-schedule": "A process that held a scheduler for long is named.",
    "system-monitor.large-heap": "A heap that grew large is an event of its process.",
    "system-monitor.busy-port": "A process that waited for a busy port is named, with the port.",
    "system-monitor.busy-dist-port": "A process that waited for a busy connection to another node is named.",
    "system-monitor.others": "A system monitor that the application has set stays as it is.",
    "crash-report": "A crash report is tied to the process that crashed.",
    logger: "A Logger event is tied to the process that logged it.",
    ets: "ETS tables are listed with owner, size and memory.",
    ports: "Ports are listed with owner and traffic.",
    applications: "Applications are listed with version and top supervisor.",
  }),
  ...rows(
    "ProcessObserver",
    "observer",
    {
      "label.proc-lib": "A label set with proc_lib:set_label/1 (Process.set_label/1) is shown.",
      "system-monitor.long-message-queue":
        "A mailbox that grew long, and one that was worked off again, are events.",
    },
    27,
  ),
  ...rows("MessageInterceptor", "messages", {
    send: "Each message sent is recorded once: sender, receiver, message.",
    receive: "Each message that reached a mailbox is recorded once, in the order of the mailbox.",
    pairing:
      "A send and its receive are found from each other; equal messages of one sender are counted out.",
    "pairing.otp": "Casts, sends to names, results of tasks, gen_statem and system calls are paired as well.",
    "pairing.uncertain": "A pair that is not certain says so, and why.",
    "mailbox-time": "How long a message lay in the mailbox is told.",
    call: "A call and its reply are one thing, with latency, time in the queue and time of work.",
    "call.alias": "A reply through an alias belongs to its call.",
    "call.unanswered": "A call without an answer is listed with the reason: given up, or the callee ended.",
    dead: "A send to a process that is dead is recorded as such.",
    unregistered: "A send to a name that nobody has is recorded as such.",
    timers: "A message of a timer is told as one, not as a send that is missing.",
    "across-nodes": "Signals from and to other nodes are recorded with the process at the other end.",
  }),
  ...rows("StateRecorder", "state", {
    gen_server: "Every state of a gen_server (GenServer) after every callback.",
    gen_statem: "Every state and its data of a gen_statem.",
    gen_event: "The states of the handlers of a gen_event.",
    agent: "Every state of an Agent.",
    supervisor: "The states of DynamicSupervisor and Task.Supervisor.",
    "live-view": "Every state of a LiveView.",
    channel: "Every state of a Channel.",
    cause: "The message that a state was caused by.",
    callback: "The callback that made a state.",
    duration: "How long the callback took.",
    terminate: "The last state, and that it was the last.",
    large: "A large state is not copied for each message: the cost in the node is bounded.",
    "large.said": "What was cut of a state is said, with its size.",
    live: "States are switched on and off as the processes live.",
    busy: "A busy process is not harmed.",
    hibernating: "A hibernating process is not woken.",
    suspended: "A suspended process stays so and goes on as it was told.",
  }),
  ...rows("CodeTracer", "code", {
    "pattern.function": "Mod.fun/arity and Mod.fun mean these functions and no others.",
    "pattern.module": "Mod means all functions of the module.",
    "pattern.below": "Mod.* means the module and all below it, also those not loaded yet.",
    "pattern.condition":
      "Arguments and conditions in Elixir's syntax match the calls that Elixir's own functions would.",
    "pattern.error":
      "A pattern that is wrong is refused with the column, and nothing that was traced changes.",
    arguments: "A call is recorded with its arguments.",
    return: "A return is recorded with its value.",
    exception: "An exception is recorded in place of a return.",
    duration: "A call has the time from its start to its end.",
    "own-time": "A call has the time that it did not spend in other recorded calls.",
    caller: "A call names the function that called it.",
    location: "A call names file and line.",
    reload: "Patterns go on when a module is loaded anew.",
    lines: "Every line of a chosen module that runs is recorded.",
    "lines.variables": "A line is recorded with the variables bound there.",
    "lines.live": "Probes on lines come and go while the module is in use.",
    "lines.restored": "After line probes the original code is there again, byte by byte.",
    "lines.refused": "A module without debug info is refused with the reason.",
    "lines.history": "At a line there is what was bound there each time, before any instant.",
    source: "The source of a loaded module is shown without its secrets, with the lines that can run.",
    "source.kept": "A recording keeps the sources of the application's own modules.",
  }),
  ...rows("Flows", "flows", {
    "entry.call-pattern": "A call of a pattern starts a flow.",
    "entry.user-event": "A request or user event starts a flow.",
    "across-processes":
      "A flow follows messages, spawns and timers from process to process until the work is done.",
    "across-nodes": "A flow goes on in other nodes.",
    tree: "What caused what in a flow is a tree, made from the serials.",
    noise: "The code server and IO do not appear in a flow.",
    "other-seq-trace":
      "Where the application uses seq_trace itself, this is said, and its tokens and tracer stay.",
  }),
  ...rows("TimeTravel", "travel", {
    snapshot:
      "Of any instant it tells who was alive, with state, mailbox and place, or why that is not known.",
    step: "From any place to the next or previous event, of all, of a process, a flow or a callback, with what changed.",
    until: "Forward or backward to the event where a condition on a state becomes true, or a message comes.",
    diff: "What differs between two instants, two processes or two recordings, with places that IEx understands.",
    "why-changed": "When a value of a state changed last, and what led to it, link by link to the beginning.",
    truth: "What it tells of an instant is what the processes themselves knew then.",
  }),
  ...rows("TimeTravel", "replay", {
    dry: "Without being told to run it, nothing of a callback is run: what it may do is looked for.",
    same: "A recorded callback that is run again in the same code comes to the same, for each behaviour of OTP.",
    fixed: "After a fix it says what differs now, and how.",
    volatile: "What differs by a fresh reference, pid or clock only is named, and counts as the same.",
    effects: "Nobody gets a second answer; what happens outside of the sandbox is named.",
    chain: "Several callbacks of a process run one on the outcome of the other.",
    refused: "What cannot be run again is refused, with the reason.",
    bounds: "A callback that does not end, or takes too much, is stopped, and the node is as before.",
    killed: "ElixirScope killed during a replay leaves nothing in the node within a second.",
  }),
  ...rows("Levels", "levels", {
    observe: "At observe there are lifecycle, supervision and samples, and no message.",
    flows: "At flows there is what belongs to a flow, and no other message.",
    messages: "At messages there are sends and receives, and no state.",
    state: "At state there are states, and no call.",
    calls: "At calls there are the calls of the patterns.",
    lines: "At lines there are the lines of the modules chosen.",
    live: "The level is changed while the node runs.",
    scope: "Only the processes asked for are recorded, and what they spawn.",
    "scope.application": "The processes of an application are a scope.",
    "sampling.rate": "A rate bounds the events of a second.",
    "sampling.flows": "Every n-th flow is recorded, whole.",
    "sampling.pid-hash": "A share of the processes is recorded, each whole or not at all.",
    refused: "A change that is refused changes nothing.",
  }),
  ...rows("Safety", "safety", {
    "budget.events": "More events in a second than the budget allows are not taken, and this is said.",
    "budget.bytes": "More bytes in a second than the budget allows are not taken, and this is said.",
    "budget.memory": "The agent's memory in the node stays within its budget.",
    "budget.scheduler": "The share of a scheduler that tracing takes stays within its budget.",
    breaker: "Where even counting costs too much, tracing is switched off, and on again when it is calm.",
    "application-first": "Where the node is on the same machine, the application's threads go before ours.",
    gap: "All that is missing is a gap with its extent and cause.",
    "accounting.levels": "Seen and dropped add up to what the application counted, at every level.",
    "accounting.flood": "They do under a flood.",
    "accounting.stalled": "They do where whoever looks on stands still.",
    responsive: "Questions about a large record keep the beats to the node and its batches from nothing.",
    "accounting.breaker": "Where the breaker switched tracing off, the gap has the exact interval.",
    redaction: "Values of secret keys are overwritten before the disk, wherever they stand.",
    "redaction.default": "Redaction is on unless it is switched off.",
    "redaction.own-keys": "The application's own :filter_parameters are redacted too.",
    "detach-clean": "After a detach nothing of ours is in the node.",
    hidden: "The application does not see us among its nodes.",
    "node-identity":
      "A node that comes back under its name is another: its processes are not mixed with the old ones.",
    clocks: "Events of a node stand on one time axis that does not jump, whatever its wall clock does.",
  }),
  ...rows("Safety", "faults", {
    killed: "ElixirScope is killed: within a second nothing of it is in the node.",
    frozen: "ElixirScope is frozen: the node is clean within a second, and attached again when it goes on.",
    network: "The network is cut and restored: clean, a gap with its extent, attached again.",
    "node-killed":
      "The node is killed: what it had sent is on the record, and its processes are told as gone.",
    "killed-in-callback":
      "A traced process is killed in a callback: the call has no answer, and the reason is told.",
    "reload-purge":
      "A module is loaded anew and purged while it is traced: nobody is killed, tracing goes on.",
    unregistered: "A name is given up while messages to it are traced: they belong to whoever had it.",
    "spawns-100k": "100,000 spawns in a second: each seen or counted, and the application's result is right.",
    "message-100mb": "A message of 100 MB is cut in the node, and reaches its receiver whole.",
    "other-tracer":
      "Another tracer starts and stops on the node: it is told, and theirs works as without us.",
  }),
  ...rows("Safety", "audit", {
    acts: "The audit log tells who did what on which node, from which surface, and what it came to.",
    secrets: "No cookie, token, argument or text of the user's is in the audit log.",
    lost: "A node that is lost, back, or has sent us away is in the audit log.",
    required: "Where the audit log cannot be written it is said; where it is required nothing is done.",
    recording: "A recording says who made it, and a copy to give away does not.",
    command: "The audit log can be listed, by node and time, for people and for programs.",
  }),
  ...rows("Safety", "operator", {
    stop: "One call on the node takes ElixirScope out of it, and it does not come back by itself.",
    allow: "The node's configuration allows nobody to attach, or a level at most.",
    notice: "The node's own log says who attached, at which level, and that they left.",
  }),
  ...rows("TraceDB", "store", {
    crash: "ElixirScope is killed at any moment: the file opens and holds all but about the last second.",
    retention: "A recording with limits keeps the newest, and still knows who the living processes are.",
    "retention.said": "What was removed to stay within the limits is told.",
    sql: "SQL can be asked of a recording, also while it is made; it can only look, and reaches no other file.",
    damage: "A recording with damage opens, or is said to be damaged; ElixirScope goes on and never hangs.",
    pins: "A stretch that is pinned stays, whatever the limits.",
  }),

  ...rows("TraceDB", "export", {
    ndjson: "Events are written one a line, as they are listed, each with its term as text and as data.",
    mermaid: "Flows are drawn as sequence diagrams that Mermaid reads.",
    perfetto:
      "Processes over time are written in the Trace Event Format, with callbacks, messages, samples and flows.",
    otlp: "Flows are written as OpenTelemetry traces, and sent to a receiver, which reads them.",
    merge: "Recordings of several nodes become one, in which messages between the nodes are paired.",
    parquet: "A recording is written as Parquet files, one a table, equal to it row by row.",
    choices: "What is exported is chosen as in a list of events.",
    whole: "An export has its name only once it is whole, and nothing is written over.",
    errors: "What an export needs, and what a format does not take, is said.",
    stock: "Stock DuckDB opens a recording and answers the queries of the format's document.",
  }),

  ...rows("QueryEngine", "query", {
    "message-flow": "Who sent whom how many messages, between processes and groups, is counted exactly.",
    aggregate: "Counts, durations and waits are summed up by groups and over time.",
    "time-spent": "Where the time went is told: by function, by caller, as a flame, in mailboxes.",
    path: "What a flow did is one tree, and what made it last adds up to its duration.",
  }),

  ...rows("Insight", "insight", {
    ask: "A question in words is answered from the record alone, the cause first, sentence by sentence.",
    evidence: "Every finding cites events that are in the record.",
    scope:
      "What went wrong is told of everything, a process, a flow, a request, a LiveView, a stretch of time.",
    right: "Of applications with a known fault, observed live, the right cause comes first.",
    sound: "Applications without a fault have no warning.",
    panel:
      "The UI takes questions and lists what went wrong with everything or one thing; what is cited is a link to its event and instant.",
    together:
      "Several people at one session see who else is there and where; whoever follows sees what the other one sees, until they act.",
    alerts: "What newly goes wrong while it is recorded is told, each fault once, at a bounded cost.",
    bookmarks:
      "Events, states and stretches of time are bookmarked with comments, which stand with the recording and which others see at once.",
    share:
      "A recording is given away whole or in part, without secrets and without what is to be hidden, and says what it is a part of.",
    unknown: "What the recorded level cannot tell is said, with the level that could.",
  }),

  ...rows("Reach", "across", {
    counts: "Of several nodes in one recording each is recorded whole.",
    flow: "A click on one node that changes what others show is one flow over all of them.",
    messages: "What goes from node to node has both halves, sent to a pid as to a name.",
    "by-node":
      "Questions are asked of one node, by its name; a name that is none is answered with those that are.",
    "cut-off":
      "What did not get to a node that was cut off is told, and that it has it again once it is back.",
    phoenix: "On each node it is told whom a broadcast reached there, and where it did not get to.",
    ui: "The UI shows several nodes together, says of each process where it is, and looks at one alone.",
  }),

  ...rows("Insight", "testgen", {
    sound: "ExUnit tests made of what was recorded pass on the code that was recorded.",
    faulty: "They fail when that code has a fault that shows in what was recorded.",
    format: "They are laid out as `mix format` leaves them.",
    refused: "What no test can be made of is said, with why.",
    conversation: "A server that is sent the recorded messages one after the other answers as recorded.",
  }),

  ...rows("Reach", "reach", {
    ssh: "A node behind a host that one logs in to is reached through one SSH connection, EPMD and all.",
    "ssh-lost": "A tunnel that is lost leaves the node out of reach; it comes back over a new one.",
    "ssh-auth":
      "Keys, passphrases and the agent let us in; what lacks is said, and secrets are shown nowhere.",
    "ssh-host":
      "A host whose key is unknown, changed or revoked is sent nothing, and that is said with its fingerprint.",
    "ssh-refused": "Whatever stands in the way of a tunnel is said, with what to do.",
    profiles: "What one attaches to often is kept under a name, without a secret, for its owner only.",
  }),

  ...rows("Reach", "ways", {
    "no-compiler":
      "A release without a compiler is observed as any other, with an agent that was compiled before.",
    "no-compiler.refused":
      "Where there is no agent for such a node it is said what was looked for, and what to do.",
    tidewave:
      "A node that is not distributed is made one by its Tidewave, after a question, and is as before afterwards.",
    "tidewave.killed": "ElixirScope is killed: what Tidewave switched on for it is off again.",
    "tidewave.refused": "Whatever stands in the way of Tidewave is said, with what to do.",
    release:
      "A script that execs a release is watched under run, with its own name and cookie, to its exit code.",
    "short-names":
      "Nodes with short names are attached to; long and short are told apart where one is meant.",
  }),
  ...rows("Reach", "cluster", {
    several: "Several nodes are in one recording: told apart, set together or alone, let go of alone.",
    refused:
      "A node that cannot take what is asked for, or cannot be attached to, says why; the others go on.",
    follow: "From one node all of its cluster are attached to, and those that come later, as it is set then.",
    exact:
      "Each node's messages are in the record, each once, also of one that was killed and started again.",
    split: "Two nodes that lost each other while both were at work are told as such, from when to when.",
    clocks:
      "Nodes with different clocks stand on one timeline; how far each clock is off is told with its error.",
    ui: "The first page has each node with its clock, and nodes that lost each other, from when to when.",
  }),

  ...rows("Documentation", "docs", {
    commands: "What a page shows of a shell happens when it is typed, and prints what the page says.",
    code: "Elixir, SQL, JavaScript and TypeScript in the documentation do what it says of them.",
  }),
];
