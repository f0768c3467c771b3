/** What a question in English says of whom, when and what went wrong. */
export interface Question {
  /** Its words in lower case, without endings and without those that say nothing. */
  readonly words: ReadonlySet<string>;
  /** Names as they stand there: `Hello.Counter`, `:kernel_sup`, `/orders`, `"increment"`, `handle_info`. */
  readonly names: readonly string[];
  /** What the user did: `increment` of "when I clicked increment"; null: it does not say. */
  readonly action: string | null;
  /** Detectors that look for such a thing; empty: it does not say. */
  readonly symptoms: ReadonlySet<string>;
  /** Of these the one that a word means and no other: `atoms`, `deadlock`. */
  readonly meant: ReadonlySet<string>;
  readonly when: When | null;
}

/**
 * - `clock`: seconds of the day; `to` null: up to the end, `from` null: from the beginning
 * - `last`: the last so many seconds of the record
 */
export type When =
  | { readonly type: "clock"; readonly from: number | null; readonly to: number | null }
  | { readonly type: "last"; readonly seconds: number };

const SILENT = new Set(
  (
    "a an the is are was were be been do does did done doesn didn don isn wasn aren won can could should would will has have had t s i my me we our you it its this that these those " +
    "what when where which who whom why how and or but if of to in on at by for from with without as not no nothing never after before since until while then than so there here any some all " +
    "click clicked press pressed submit submitted button elixirscope update updated updating change changed show shown work working please happen happened happening wrong get gets got"
  ).split(" "),
);

/** Words of a symptom, and the detectors that look for it. The first ones tell most. */
const SYMPTOMS: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /\b(?:hang|hangs|hanging|hung|stuck|freez\w*|frozen|block\w*|deadlock\w*|time[sd]? ?out|timeouts?|timing out|respond\w*|answer\w*|repl(?:y|ies)|forever)\b/,
    [
      "deadlock",
      "call_timeout",
      "self_call",
      "blocking_call",
      "bottleneck",
      "mailbox_growth",
      "slow_callback",
    ],
  ],
  [
    /\b(?:slow\w*|takes? (?:so |too )?long|latency|lag\w*|delay\w*|wait\w*|seconds?)\b/,
    [
      "blocking_call",
      "call_timeout",
      "slow_request",
      "repeated_queries",
      "mailbox_growth",
      "deadlock",
      "bottleneck",
      "repeated_calls",
      "slow_callback",
    ],
  ],
  [
    /\b(?:crash\w*|die[sd]?|dying|exit\w*|error\w*|fail\w*|broken?|raise[sd]?|500|down|kill\w*|stop\w*|gone|disappear\w*|terminat\w*)\b/,
    [
      "crash",
      "restart_loop",
      "no_event_handler",
      "request_failed",
      "job_failed",
      "self_call",
      "call_timeout",
      "deadlock",
      "error_replies",
      "error_logged",
      "wrong_node",
    ],
  ],
  [
    /\b(?:stop\w*|quiet|silent|no longer|any ?more|only once|idle|sleep\w*|asleep)\b/,
    ["timer_stopped", "sent_to_nobody", "call_timeout", "message_swallowed"],
  ],
  [
    /\b(?:order\w*|backwards?|jump\w*|overtak\w*|sequence|older|earlier|stale|out of sync|flicker\w*)\b/,
    ["out_of_order"],
  ],
  [
    /\b(?:cpu|processor\w*|load|busy|hot|spin\w*|reductions|heat)\b/,
    ["busy_process", "timer_pileup", "mailbox_growth"],
  ],
  [
    /\b(?:node|cluster|remote|other machine|host)\b/,
    ["wrong_node", "broadcast_missed_node", "sent_to_nobody"],
  ],
  [
    /\b(?:stay\w*|remain\w*|always|still|same|zero|unchanged|at 0)\b/,
    [
      "no_effect",
      "broadcast_unheard",
      "broadcast_missed_node",
      "message_swallowed",
      "event_without_effect",
      "sent_to_nobody",
    ],
  ],
  [
    /\b(?:refus\w*|reject\w*|deni\w*|unavailable|can ?not|can't|cannot|unable)\b/,
    ["error_replies", "error_logged", "crash"],
  ],
  [/\b(?:boundar\w*|contexts?|leaks? of contexts)\b/, ["boundary_leak"]],
  [/\b(?:restart\w*|again and again|loop\w*|flap\w*|gives? up|gave up)\b/, ["restart_loop", "crash"]],
  [
    /\b(?:memory|grow\w*|leak\w*|mailbox\w*|queue\w*|pil(?:e|es|ing)|backlog\w*|fill\w*|behind|late)\b/,
    [
      "mailbox_growth",
      "process_leak",
      "timer_pileup",
      "state_growth",
      "table_growth",
      "binary_growth",
      "atom_growth",
      "monitor_leak",
      "port_leak",
    ],
  ],
  [
    /\b(?:ets|tables?|rows?|entries|cache\w*|sessions?)\b.*\b(?:grow\w*|fill\w*|large\w*|big\w*|full|more)\b/,
    ["table_growth"],
  ],
  [/\bmailbox\w*\b/, ["mailbox_growth"]],
  [/\bdeadlock\w*\b/, ["deadlock"]],
  [/\b(?:race\w*|overwrit\w*|lost updates?)\b/, ["lost_update"]],
  [/\batoms?\b/, ["atom_growth"]],
  [/\bbinar(?:y|ies)\b/, ["binary_growth"]],
  [/\b(?:ports?|sockets?|files?|descriptors?|connections?)\b/, ["port_leak"]],
  [/\bmonitor\w*\b/, ["monitor_leak"]],
  [/\b(?:process(?:es)?|more and more|too many)\b/, ["process_leak", "timer_pileup", "monitor_leak"]],
  [
    /\b(?:twice|double\w*|duplicat\w*|repeat\w*|too often|more often|faster|several times|many times|more and more)\b/,
    ["duplicate_subscription", "handled_twice", "timer_pileup", "repeated_queries"],
  ],
  [/\b(?:quer(?:y|ies)|sql|database|n ?\+ ?1)\b/, ["repeated_queries", "slow_request"]],
  [
    /\b(?:(?:not|n't|never|no longer|nothing|isn|doesn|didn|don|won|aren)\b.*\b(?:updat\w*|chang\w*|show\w*|appear\w*|arriv\w*|receiv\w*|work\w*|happen\w*|see\w*|get\w*|refresh\w*|render\w*|count\w*|notif\w*|handl\w*|react\w*|do)|ignor\w*|miss\w*|stale|old|empty|disappear\w*)\b/,
    [
      "broadcast_unheard",
      "broadcast_missed_node",
      "message_unhandled",
      "sent_to_nobody",
      "event_without_effect",
      "no_event_handler",
      "lost_update",
      "message_swallowed",
      "no_effect",
      "wrong_node",
      "timer_stopped",
    ],
  ],
  [
    /\b(?:lost|lose[sd]?|losing|wrong|incorrect|too (?:low|few|small|little)|less|overwrit\w*|race\w*|inconsistent|total\w*|missing)\b/,
    [
      "lost_update",
      "message_unhandled",
      "sent_to_nobody",
      "broadcast_unheard",
      "broadcast_missed_node",
      "message_swallowed",
      "out_of_order",
      "no_effect",
      "handled_twice",
      "wrong_node",
    ],
  ],
];

export function questionOf(text: string): Question {
  const plain = text.replaceAll("’", "'").toLowerCase();
  const said = SYMPTOMS.filter(([pattern]) => pattern.test(plain)).map(([, detectors]) => detectors);
  return {
    words: new Set(wordsIn(text).filter((word) => !SILENT.has(word))),
    names: namesIn(text),
    action: actionIn(text),
    symptoms: new Set(said.flat()),
    meant: new Set(said.flatMap((detectors) => (detectors.length === 1 ? detectors : []))),
    when: whenIn(plain),
  };
}

/** In lower case, `Hello.CounterView` as `hello`, `counter`, `view`, plurals as their singular. */
export function wordsIn(text: string): readonly string[] {
  return text
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word.length > 1)
    .map((word) => (/[^s]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word));
}

function namesIn(text: string): readonly string[] {
  const names = [
    ...[...text.matchAll(/["“`']([^"”`']{2,80})["”`']/g)].map(([, name]) => name!),
    ...(text.match(/(?<![\w.])[A-Z]\w*(?:\.[A-Z]\w*)+/g) ?? []),
    ...(text.match(/(?<!\S):\w+/g) ?? []),
    ...(text.match(/(?<!\S)\/[\w/:.-]*/g) ?? []),
    ...(text.match(/(?<![:\w])[a-z]+_\w+\b/g) ?? []),
    ...(text.match(/<\d+\.\d+\.\d+>|\bp-\d+\b|\bf-\d+\b/g) ?? []),
  ];
  return [...new Set(names)];
}

function actionIn(text: string): string | null {
  const did =
    /\b(?:click|clicked|clicking|press|pressed|pressing|submit|submitted|submitting|hit|pushed|push|tapped|tap|choose|chose|select|selected)(?: on| the| a)*\s+["“'`]?([\w-]+)/i.exec(
      text,
    );
  return did ? did[1]!.toLowerCase() : null;
}

const CLOCK = /(\d{1,2}):(\d{2})(?::(\d{2}))?/.source;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function whenIn(text: string): When | null {
  const between = new RegExp(`\\b(?:between|from) ${CLOCK} (?:and|to) ${CLOCK}`).exec(text);
  if (between) {
    const [, ...parts] = between;
    return { type: "clock", from: secondsOf(parts.slice(0, 3)), to: secondsOf(parts.slice(3)) };
  }
  const one = new RegExp(`\\b(after|since|from|before|until|at|around) ${CLOCK}`).exec(text);
  if (one) return clockWhen(one);
  const last = /\b(?:in|over|during|within) the last (\d+)?\s*(s|m|h)(?:ec\w*|in\w*|our\w*)?\b/.exec(text);
  return last ? { type: "last", seconds: Number(last[1] ?? 1) * UNITS[last[2]!]! } : null;
}

function clockWhen([, word, ...parts]: RegExpExecArray): When {
  const at = secondsOf(parts);
  if (word === "before" || word === "until") return { type: "clock", from: null, to: at };
  if (word === "after" || word === "since" || word === "from") return { type: "clock", from: at, to: null };
  // What is said without seconds means that minute.
  const span = parts[2] === undefined ? 60 : 1;
  return { type: "clock", from: word === "around" ? at - span : at, to: at + span };
}

const secondsOf = ([hours, minutes, seconds]: readonly (string | undefined)[]): number =>
  Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
