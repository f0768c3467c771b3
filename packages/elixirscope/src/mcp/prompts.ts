import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

const EVIDENCE =
  "Cite the ids of the events that you rely on. Where something was not recorded (see status and gaps), say so and say what to record; do not guess.";

/** Hunts that people begin most often. */
export function addPrompts(server: McpServer): void {
  const prompt = (name: string, title: string, asks: string, text: (what: string) => string): void => {
    server.registerPrompt(
      name,
      {
        title,
        description: `${title} Give it ${asks}.`,
        argsSchema: z.object({ what: z.string().describe(asks) }),
      },
      ({ what }) => ({
        messages: [
          { role: "user" as const, content: { type: "text" as const, text: `${text(what)} ${EVIDENCE}` } },
        ],
      }),
    );
  };
  prompt(
    "why",
    "Why did (or didn't) this happen?",
    "what was expected and what happened, such as: the counter did not change when I clicked increment",
    (what) =>
      `In the application that ElixirScope records: ${what}. Find out why. Ask status first; if the level is too low for the question, call start_tracing and ask me to do it again. Then follow the newest flow that fits (flows, flow), look at broadcasts with unheard, at crashes, at the states of the processes that took part (analyze_state), and name the cause.`,
  );
  prompt(
    "slow",
    "What makes this slow?",
    "a route, a LiveView event, a function or a process",
    (what) =>
      `Find out what makes ${what} slow: requests or flows sorted by duration, the path of the slowest (query_execution), critical-path, waits and hot by the tool query. Say how much of the time is whose.`,
  );
  prompt(
    "crash",
    "Why does this crash?",
    "a process, a module, or what the log says",
    (what) =>
      `Find out why ${what} crashes: crashes, then crash with its last messages and state, the flow that it was part of, and when the value that it crashed on came to be (analyze_state with path).`,
  );
  prompt(
    "value",
    "Who set this value?",
    "a process and a path into its state, such as HelloWeb.CounterLive assigns.count",
    (what) =>
      `Find out when ${what} changed last, which message did it and who caused that, back to the entry point (analyze_state with path), and check it against the states before.`,
  );
}
