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
  readonly truth: { readonly detector: string; readonly process: string; readonly says: RegExp };
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
    truth: { detector: "crash", process: "Feed.Parser", says: /\{:parse, nil\} from Feed\.Source/ },
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
    first.verdict === "warn" &&
    first.processes.some(({ label }) => label === truth.process) &&
    truth.says.test(first.summary)
  );
}
