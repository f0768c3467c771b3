import type { NodeStatus, ProcessRow } from "elixirscope/protocol";
import { navigate } from "wouter/use-browser-location";
import { keptControl } from "../domain/control-text.ts";
import { KIND_LOOKS } from "../domain/kinds.ts";
import { say } from "../parts/notice.ts";
import { filterCount } from "../place/place.ts";
import { go, placeNow } from "../place/use-place.ts";
import { ask } from "../server/ask.ts";
import { acceptStatus } from "../server/live.ts";
import type { ShownView } from "../server/use-views.ts";
import { copyTerm } from "./copy-term.ts";
import { stopTracing } from "./panic.ts";
import { setTheme } from "./theme.ts";
import { toggleLive } from "./toggle-live.ts";

/** One line of the palette. */
export interface Command {
  readonly id: string;
  readonly title: string;
  /** To the right: keys, a pid, what it belongs to. */
  readonly hint: string;
  readonly run: () => void;
}

const WEB = [
  ["requests", "Go to Requests"],
  ["liveviews", "Go to LiveViews"],
  ["topics", "Go to Topics"],
  ["broadcasts", "Go to Broadcasts"],
  ["queries", "Go to Queries of Ecto"],
  ["jobs", "Go to Jobs of Oban"],
  ["contexts", "Go to Contexts and their boundaries"],
] as const;

/** What the palette opens in its place. */
export interface Overlays {
  readonly onHelp: () => void;
  readonly onBookmark: () => void;
}

export function fixedCommands(
  node: NodeStatus | undefined,
  { onHelp, onBookmark }: Overlays,
): readonly Command[] {
  const connected = node?.state === "connected";
  return [
    command("Go to Now", "g n", () => go({ view: "overview", process: undefined })),
    command("Go to Timeline", "g t", () => go({ view: "timeline", process: undefined })),
    command("Go to Processes", "g p", () => go({ view: "processes", process: undefined })),
    command("Go to Flows", "g f", () => go({ view: "flows", process: undefined, item: undefined })),
    ...WEB.map(([section, title]) =>
      command(title, "g w", () => go({ view: "web", section, process: undefined, item: undefined })),
    ),
    command("Go to Code: sources with what ran in them", "g c", () =>
      go({ view: "code", process: undefined, item: undefined }),
    ),
    command("Go to Node: memory, applications, ETS tables, ports", "g i", () =>
      go({ view: "inventory", process: undefined }),
    ),
    command("Go to Performance: flame graph, hot functions, waiting", "g h", () =>
      go({ view: "performance", process: undefined, item: undefined, details: {} }),
    ),
    command("Go to Query: SQL, and every question by its name", "g q", () =>
      go({ view: "query", process: undefined, item: undefined, details: {} }),
    ),
    command("Ask: why, in words; what went wrong", "g a", () =>
      go({ view: "ask", process: undefined, item: undefined, details: {} }),
    ),
    command("Go to Bookmarks", "g b", () => go({ view: "bookmarks", process: undefined, item: undefined })),
    command("Bookmark what is selected", "b", onBookmark),
    command("Go to Events", "g e", () => go({ view: "events", process: undefined })),
    command(placeNow().cursor === "live" ? "Pause at this instant" : "Go live", "Space", toggleLive),
    ...(filterCount(placeNow().filters) > 0
      ? [command("Drop all filters", "", () => go({ filters: {} }))]
      : []),
    command("Copy the selected term as Elixir", "y", () => void copyTerm()),
    ...(connected ? controlCommands(node) : []),
    command("Theme: light", "", () => setTheme("light")),
    command("Theme: dark", "", () => setTheme("dark")),
    command("Theme: as the system", "", () => setTheme("auto")),
    command("Help: keys and marks", "?", onHelp),
    ...KIND_LOOKS.map(({ kind, label, means }) =>
      command(`Events: only ${label}`, means, () =>
        go({ view: "events", process: undefined, filters: { kinds: [kind] } }),
      ),
    ),
  ];
}

const controlCommands = (node: NodeStatus): readonly Command[] => [
  command("Level: observe", "processes only", () => void setLevel(node, "observe")),
  command("Level: messages", "and every message", () => void setLevel(node, "messages")),
  command("Stop: detach from the node", "Ctrl .", () => void stopTracing()),
];

export const processCommand = (row: ProcessRow): Command => ({
  id: row.handle,
  title: row.label,
  hint: row.alive ? row.pid : `${row.pid} ended`,
  run: () => go({ view: "process", process: row.handle, selection: undefined }),
});

export const viewCommand = ({ name, href, kept }: ShownView): Command => ({
  id: `view ${kept} ${name}`,
  title: `View: ${name}`,
  hint: kept === "browser" ? "saved in this browser" : "saved",
  run: () => navigate(href),
});

/** "#123" or "123" is an event. */
export function eventCommand(text: string): readonly Command[] {
  const id = /^#?(\d{1,15})$/.exec(text.trim())?.[1];
  if (!id) return [];
  return [command(`Show event #${id}`, "event", () => go({ selection: { type: "event", id: Number(id) } }))];
}

/** What reads like a question can be asked; shorter ones are mostly names. */
export function askCommand(text: string): readonly Command[] {
  const question = text.trim();
  if (question.split(/\s+/).length < 3) return [];
  return [
    command(`Ask: ${question}`, "answered from the record", () =>
      go({ view: "ask", process: undefined, item: undefined, selection: undefined, details: { question } }),
    ),
  ];
}

const command = (title: string, hint: string, run: () => void): Command => ({ id: title, title, hint, run });

const setLevel = (node: NodeStatus, level: NodeStatus["level"]): Promise<void> =>
  tell(ask("tracing", { level, ...keptControl(node) }));

async function tell(answer: ReturnType<typeof ask<"tracing">>): Promise<void> {
  try {
    acceptStatus(await answer);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

/** Those whose title or hint has every word, best first: a title that starts so before one that only holds it. */
export function matching(commands: readonly Command[], text: string): readonly Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (entry: Command): number => {
    const title = entry.title.toLowerCase();
    if (!words.every((word) => title.includes(word) || entry.hint.toLowerCase().includes(word))) return -1;
    return words.length > 0 && title.startsWith(words[0]!)
      ? 2
      : words.every((word) => title.includes(word))
        ? 1
        : 0;
  };
  return commands
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter((ranked) => ranked.rank >= 0)
    .sort((a, b) => b.rank - a.rank)
    .map((ranked) => ranked.entry);
}
