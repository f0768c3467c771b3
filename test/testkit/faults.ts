/** Small applications with a fault each (examples/faults), a question about it, and what is true. */
import { join } from "node:path";
import type { AskAnswer } from "elixirscope/protocol";
import { elixir } from "./elixir-node.ts";
import type { ErlangNode } from "./erlang-node.ts";

export interface FaultCase {
  /** Folder in examples/faults; `Bank.App` starts `bank`. */
  readonly name: string;
  readonly question: string;
  /** What the first finding has to be, whom it has to blame, and what it has to say. */
  readonly truth: {
    readonly detector: string;
    /** None where no process can be told to be to blame. */
    readonly process?: string;
    readonly says: RegExp;
    /** Where the record alone cannot be sure that it is a fault; default `warn`. */
    readonly verdict?: "recheck";
  };
}

export const FAULTS: readonly FaultCase[] = [
  {
    name: "bank",
    question: "Why do transfers at the bank hang?",
    truth: { detector: "deadlock", process: "Bank.Ledger", says: /Bank\.Ledger called Bank\.Accounts/ },
  },
  {
    name: "checkout",
    question: "Why does the till of the checkout time out?",
    truth: { detector: "call_timeout", process: "Checkout.Prices", says: /Checkout\.Prices/ },
  },
  {
    name: "report",
    question: "Why does the report of the words fail?",
    truth: { detector: "self_call", process: "Report.Words", says: /called itself/ },
  },
  {
    name: "importer",
    question: "Why does the importer restart again and again?",
    truth: { detector: "restart_loop", process: "Importer.Worker", says: /ten/ },
  },
  {
    name: "metrics",
    question: "Why does the memory of the metrics grow?",
    truth: { detector: "mailbox_growth", process: "Metrics.Collector", says: /Metrics\.Requests/ },
  },
  {
    name: "weather",
    question: "Why doesn't the weather display show any reading?",
    truth: {
      detector: "message_unhandled",
      process: "Weather.Display",
      says: /handle_info\/2 for \{:reading/,
    },
  },
  {
    name: "orders",
    question: "Why is the audit of the orders empty?",
    truth: { detector: "sent_to_nobody", process: "Orders.Desk", says: /Orders\.Adit.*Orders\.Audit/ },
  },
  {
    name: "printing",
    question: "Why doesn't the office get pages from the printer any more?",
    truth: { detector: "sent_to_nobody", process: "Printing.Office", says: /still has the pid/ },
  },
  {
    name: "stock",
    question: "Why is the count on the shelf wrong?",
    truth: { detector: "lost_update", process: "Stock.Shelf", says: /:get.*\{:put/ },
  },
  {
    name: "visits",
    question: "Why are there more and more processes of visits?",
    truth: { detector: "process_leak", process: "Visits.Supervisor", says: /Visits\.Visit/ },
  },
  {
    name: "ticker",
    question: "Why does the ticker poll more and more often?",
    truth: { detector: "timer_pileup", process: "Ticker.Poller", says: /:poll/ },
  },
  {
    name: "feed",
    question: "Why does the parser of the feed crash?",
    truth: { detector: "crash", process: "Feed.Parser", says: /\{:parse, nil\}/ },
  },
  {
    name: "chat",
    question: "Why does the log of the chat not get any messages?",
    truth: { detector: "broadcast_unheard", process: "Chat.Talker", says: /room:loby.*room:lobby/ },
  },
  {
    name: "news",
    question: "Why don't the readers of the news receive headlines?",
    truth: { detector: "broadcast_unheard", process: "News.Desk", says: /:reader".*:readers/ },
  },
  {
    name: "sessions",
    question: "Why does the store of the sessions grow?",
    truth: { detector: "table_growth", process: "Sessions.Store", says: /never lost any/ },
  },
  {
    name: "history",
    question: "Which process of the history is eating memory?",
    truth: { detector: "state_growth", process: "History.Keeper", says: /:entries/ },
  },
  {
    name: "labels",
    question: "Why does the number of atoms grow while labels are read?",
    truth: { detector: "atom_growth", says: /new atoms/ },
  },
  {
    name: "lobby",
    question: "Why does the door of the lobby have more and more monitors?",
    truth: { detector: "monitor_leak", process: "Lobby.Door", says: /the same \(Lobby\.Guest\)/ },
  },
  {
    name: "mailer",
    question: "Why do parcels time out at the post of the mailer?",
    truth: {
      detector: "call_timeout",
      process: "Mailer.Post",
      says: /:parcel.*(?:not this one|without having)/,
    },
  },
  {
    name: "turnstile",
    question: "Why does the count at the gate of the turnstile stay at zero?",
    truth: { detector: "no_effect", process: "Turnstile.Gate", says: /pass/, verdict: "recheck" },
  },
  {
    name: "alarm",
    question: "Why does the bell of the alarm ring twice?",
    truth: { detector: "handled_twice", process: "Alarm.Bell", says: /Alarm\.Center sent each/ },
  },
  {
    name: "backup",
    question: "Why did the backup runner stop?",
    truth: { detector: "timer_stopped", process: "Backup.Runner", says: /:run/, verdict: "recheck" },
  },
  {
    name: "thumbs",
    question: "Why does the maker of the thumbs crash?",
    truth: { detector: "call_timeout", process: "Thumbs.Maker", says: /Task\.await/ },
  },
  {
    name: "lights",
    question: "Why does the lamp of the lights not react to motion?",
    truth: { detector: "message_swallowed", process: "Lights.Lamp", says: /motion_detected.*:motion,/ },
  },
  {
    name: "quotes",
    question: "Why does the quote on the board jump backwards?",
    truth: { detector: "out_of_order", process: "Quotes.Board", says: /overtook/, verdict: "recheck" },
  },
  {
    name: "gateway",
    question: "Why doesn't the billing of the gateway get any bill from the door?",
    truth: { detector: "wrong_node", process: "Gateway.Door", says: /There is a node/ },
  },
  {
    name: "invoices",
    question: "Why is the writer of invoices slow?",
    truth: {
      detector: "repeated_calls",
      process: "Invoices.Writer",
      says: /times in a row/,
      verdict: "recheck",
    },
  },
  {
    name: "probe",
    question: "Why are there more and more sockets of the probe?",
    truth: { detector: "port_leak", process: "Probe.Pinger", says: /udp/ },
  },
  {
    name: "pages",
    question: "Why does the memory of the binaries of the pages grow?",
    truth: { detector: "binary_growth", process: "Pages.Index", says: /Binaries/ },
  },
  {
    name: "library",
    question: "Why does the desk of the library not open any room?",
    truth: { detector: "deadlock", process: "Library.Desk", says: /Library\.Room/ },
  },
  {
    name: "archive",
    question: "Why does the reader of the archive crash?",
    truth: { detector: "restart_loop", process: "Archive.Reader", says: /:ets\.lookup\(:archive_documents/ },
  },
  {
    name: "depot",
    question: "Why does the clerk of the depot crash?",
    truth: { detector: "restart_loop", process: "Depot.Clerk", says: /Depot\.Shelves, "\d"/ },
  },
  {
    name: "beacon",
    question: "Why is the lamp of the beacon so busy?",
    truth: { detector: "busy_process", process: "Beacon.Lamp", says: /:timeout/, verdict: "recheck" },
  },
  {
    name: "kitchen",
    question: "Why does the cook of the kitchen restart all the time?",
    truth: { detector: "restart_loop", process: "Kitchen.Cook", says: /Kitchen\.Helper/ },
  },
];

const appOf = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}.App`;

/**
 * Loads its modules: those of the sound one, and with `faulty` what takes their place.
 * @param examples the folder examples/faults
 */
export async function loadFault(
  node: ErlangNode,
  examples: string,
  name: string,
  faulty: boolean,
): Promise<void> {
  const files = (faulty ? ["app.ex", "faulty.ex"] : ["app.ex"]).map((file) => join(examples, name, file));
  await elixir(
    node,
    `Code.compiler_options(ignore_module_conflict: true)
    for file <- ${JSON.stringify(files)}, do: Code.compile_file(file)
    :ok`,
  );
}

/** Starts it in a process that stays. */
export async function startFault(node: ErlangNode, name: string): Promise<void> {
  await elixir(
    node,
    `caller = self()
    spawn(fn ->
      {:ok, _} = ${appOf(name)}.start_link()
      send(caller, :started)
      Process.sleep(:infinity)
    end)
    receive do :started -> :ok end`,
  );
}

export const stopFault = (node: ErlangNode, name: string): Promise<string> =>
  elixir(node, `Process.exit(Process.whereis(${appOf(name)}), :kill)`);

/** Is the first finding what is true? */
export function isRight({ truth }: FaultCase, { findings }: AskAnswer): boolean {
  const [first] = findings;
  return (
    first?.detector === truth.detector &&
    first.verdict === (truth.verdict ?? "warn") &&
    (truth.process === undefined || first.processes.some(({ label }) => label === truth.process)) &&
    truth.says.test(first.summary)
  );
}
