import { Atom, encode, inspect, Pid, type Term } from "@elixirscope/etf";
import { sameBytes } from "../same-bytes.ts";
import { Lines } from "./assertions.ts";
import type { RecordedStep, WrittenTest } from "./recorded-step.ts";
import { partsOf, TermWriter, Unwritable } from "./term-writer.ts";
import { Names, Variables } from "./variables.ts";

/** Messages of one conversation. */
const LONGEST = 20;
const ARGUMENT = 20;

/**
 * A test in which a server goes on from a recorded state and is sent what was recorded, one after the other: the answers to calls
 * are asserted, and the state at the end.
 * @param steps of one process, oldest first; the first run of them without a hole is taken
 * @throws Unwritable
 */
export function conversationTest(steps: readonly RecordedStep[]): WrittenTest {
  const run = firstRun(steps);
  const [first] = run;
  const last = run.at(-1);
  if (!first || !last)
    throw new Unwritable("There is no row of callbacks here that a server could be sent again.");
  const names = new Names();
  const variables = new Variables(names, () => undefined);
  const writer = new TermWriter(variables, last.at);
  const body = new Lines(names);
  for (const taken of ["server", "start"]) names.fresh(taken);
  const state = body.short("given", writer.given(first.state), ARGUMENT);
  body.add(`start = fn -> :gen_server.enter_loop(${inspect(new Atom(first.module))}, [], ${state}) end`);
  body.add("server = start_supervised!({Task, start})");
  for (const step of run) say(step, body, writer);
  if (last.outcome.type === "returned")
    body.equals(":sys.get_state(server)", writer.expected(last.outcome.state, [], "value"));
  const made = variables.all.map(({ name, made: how }) => `${name} = ${how ?? "stand_in(nil, [])"}`);
  return {
    group: "a conversation",
    name: `of ${run.length === 1 ? "one message" : `${run.length} messages`} (events ${first.event} to ${last.event})`,
    events: run.map(({ event }) => event),
    comments: [],
    lines: [...made, ...body.lines],
  };
}

function say(step: RecordedStep, body: Lines, writer: TermWriter): void {
  const { function: callback, outcome, message } = step;
  if (callback === "handle_continue") return;
  const said = body.short("message", writer.given(message), ARGUMENT);
  const reply = outcome.type === "returned" ? outcome.reply : undefined;
  if (callback === "handle_info") body.add(`send(server, ${said})`);
  else if (callback === "handle_cast") body.add(`GenServer.cast(server, ${said})`);
  else if (reply !== undefined)
    body.equals(`GenServer.call(server, ${said})`, writer.expected(reply, [], "reply"));
}

/** Callbacks that each begin with the state that the one before left, and that ask nobody. */
function firstRun(steps: readonly RecordedStep[]): readonly RecordedStep[] {
  const run: RecordedStep[] = [];
  for (const step of steps) {
    const before = run.at(-1)?.outcome;
    const follows = before === undefined || (before.type === "returned" && equal(before.state, step.state));
    if (!follows || !canBeSent(step, run.length === 0)) {
      if (run.length > 0) return run;
      continue;
    }
    run.push(step);
    if (run.length === LONGEST) break;
  }
  return run;
}

/** A server that starts goes on with nothing by itself, knows no other process, and ends with none of these messages. */
function canBeSent(step: RecordedStep, isFirst: boolean): boolean {
  const { function: callback, outcome, sent, state, message, self } = step;
  if (outcome.type === "raised" || outcome.stop !== undefined) return false;
  if (callback === "handle_call" && outcome.reply === undefined) return false;
  if (callback === "handle_continue" && isFirst) return false;
  if (sent.some(({ isQuestion, system }) => isQuestion && !system)) return false;
  return ![state, message].some((term) => holds(term, self));
}

const equal = (a: Term, b: Term): boolean => sameBytes(encode(a), encode(b));

const holds = (term: Term, pid: Pid): boolean =>
  term instanceof Pid
    ? term.id === pid.id && term.serial === pid.serial && term.node === pid.node
    : partsOf(term).some((part) => holds(part, pid));
