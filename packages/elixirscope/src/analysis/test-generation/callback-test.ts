import { Atom, Float, inspect, Pid, Reference, type Term, Tuple } from "@elixirscope/etf";
import { Lines } from "./assertions.ts";
import type { RecordedStep, SentMessage, WrittenTest } from "./recorded-step.ts";
import { type Expression, flat, scalar } from "./source-expression.ts";
import { partsOf, TermWriter, Unwritable } from "./term-writer.ts";
import { keyOf, Names, Variables, variableName } from "./variables.ts";

/** Longest argument that stands in the call itself. */
const ARGUMENT = 30;
/** Longest call with its arguments in it. */
const CALL = 80;
/** In the place of who calls, until it is known whether anything speaks of that; as long as `{self(), make_ref()}`. */
const FROM = "$from_______________";

/**
 * A test that calls a callback with the message and the state that are recorded, and asserts what it came to.
 * @param alike the same callback with the same message and state at other times
 * @throws Unwritable
 */
export function callbackTest(step: RecordedStep, alike: readonly RecordedStep[]): WrittenTest {
  return new CallbackTest(step, alike).written();
}

class CallbackTest {
  readonly #step: RecordedStep;
  readonly #alike: readonly RecordedStep[];
  readonly #names = new Names();
  readonly #variables: Variables;
  readonly #writer: TermWriter;
  readonly #body: Lines;
  readonly #notes: string[];

  constructor(step: RecordedStep, alike: readonly RecordedStep[]) {
    this.#step = step;
    this.#alike = alike;
    this.#notes = [...step.notes];
    const labels = new Map(
      step.sent.flatMap(({ to, name }) => (to && name ? [[keyOf(to), variableName(name)] as const] : [])),
    );
    this.#variables = new Variables(this.#names, (pid) => labels.get(keyOf(pid)));
    this.#writer = new TermWriter(this.#variables, step.at);
    this.#body = new Lines(this.#names);
    if (!alike.every((other) => sameEnd(step, other)))
      throw new Unwritable(
        "The same message in the same state came to different things: it depends on more than these.",
      );
  }

  written(): WrittenTest {
    const { event, function: name, message } = this.#step;
    this.#variables.set(this.#step.self, "server", "self()");
    const from = this.#from();
    const given = this.#writer.given(message);
    const state = this.#writer.given(this.#step.state);
    const standIns = this.#standIns();
    const callback = `${inspect(new Atom(this.#step.module))}.${name}`;
    const whole = [callback, from ? FROM : "", flat(given), flat(state)].join(", ").length;
    const most = whole <= CALL ? ARGUMENT : 10;
    const args = [
      this.#body.short("message", given, most),
      ...(from === undefined ? [] : [FROM]),
      this.#body.short("given", state, most),
    ];
    const before = this.#body.lines.splice(0);
    const call = `${callback}(${args.join(", ")})`;
    this.#asserted(call);
    this.#sends();
    for (const [i, { message: told }] of this.#step.broadcasts.entries()) {
      const others = this.#alike.map((one) => one.broadcasts[i]!.message);
      this.#body.received(this.#writer.expected(told, others, "value"), (heard) => heard);
    }
    const lines = [...before, ...this.#body.lines];
    return {
      group: `${name}/${from === undefined ? 2 : 3}`,
      name: this.#title(),
      events: [event],
      comments: this.#notes,
      lines: this.#defined(lines, from, standIns),
    };
  }

  /** Caller and tag, where what it left or sent speaks of them. */
  #from(): Expression | undefined {
    const { from } = this.#step;
    if (from === undefined) return undefined;
    const [caller, tag] = from instanceof Tuple ? from.elements : [];
    if (!(caller instanceof Pid) || tag === undefined) throw new Unwritable("Who called is not recorded.");
    if (!this.#variables.known(caller)) this.#variables.set(caller, "caller", null);
    const reference = referenceIn(tag);
    if (!reference) throw new Unwritable("What its caller knows the answer by is of an unknown form.");
    if (!this.#variables.known(reference)) this.#variables.set(reference, "tag", "make_ref()");
    const written = [caller, reference].map((term) => this.#variables.known(term)!.name);
    return scalar(`{${written.join(", ")}}`);
  }

  /** By the name of a process that was asked or told something: how it is made. Answers are given to the callback, too. */
  #standIns(): ReadonlyMap<string, string> {
    const made = new Map<string, string>();
    const answers = new Map<string, string[]>();
    for (const sent of this.#step.sent) {
      if (sent.isQuestion && !sent.system && this.#as(sent) === undefined)
        throw new Unwritable(
          `It asks ${sent.label}, which has no registered name and was not given to it: a test cannot stand in for it.`,
        );
      const as = this.#as(sent);
      if (as === undefined) continue;
      const known = answers.get(as) ?? [];
      answers.set(as, known);
      if (sent.isQuestion && sent.answer !== undefined) known.push(flat(this.#writer.given(sent.answer)));
      else if (sent.isQuestion) throw new Unwritable(`What ${sent.label} answered is not recorded.`);
    }
    for (const [as, list] of answers) {
      const isName = !this.#variables.all.some(({ name }) => name === as);
      made.set(as, `stand_in(${isName ? as : "nil"}, [${list.join(", ")}])`);
    }
    return made;
  }

  /** The variable of the receiver, or its name; `undefined`: a test cannot be in its place. */
  #as({ to, name, system, message, isQuestion }: SentMessage): string | undefined {
    const known = to && this.#variables.known(to);
    if (known) return known.made === null ? known.name : undefined;
    // Whoever sends to a name has no pid for it; what goes to a pid of unknown origin would pass a stand-in by.
    const byName = isQuestion || (message instanceof Tuple && isAtom(message.elements[0], "$gen_cast"));
    return name !== undefined && !system && byName ? inspect(new Atom(name)) : undefined;
  }

  #asserted(call: string): void {
    const { outcome } = this.#step;
    if (outcome.type === "raised") {
      const others = this.#alike.map((one) => (one.outcome as { readonly reason: Term }).reason);
      this.#body.equals(`catch_error(${call})`, this.#writer.expected(outcome.reason, others, "reason"));
      return;
    }
    const parts = this.#parts();
    if (!this.#mayHaveMore()) {
      const items = parts.map(({ expression }) => expression);
      this.#body.equals(call, { type: "sequence", open: "{", close: "}", items });
      return;
    }
    const names = parts.map(({ name, expression }) =>
      name === "" ? flat(expression) : this.#names.fresh(name),
    );
    this.#body.add(`outcome = ${call}`);
    this.#body.add(`assert [${names.join(", ")} | _] = Tuple.to_list(outcome)`);
    for (const [i, { name, expression }] of parts.entries())
      if (name !== "") this.#body.equals(names[i]!, expression);
  }

  /** Is it known that the callback returned no timeout, and did not go on with something? */
  #mayHaveMore(): boolean {
    const { outcome, mayTimeOut } = this.#step;
    return (
      outcome.type === "returned" &&
      outcome.stop === undefined &&
      (mayTimeOut || outcome.continued === undefined)
    );
  }

  #parts(): readonly { readonly name: string; readonly expression: Expression }[] {
    const { outcome } = this.#step;
    if (outcome.type !== "returned") return [];
    const { reply, state, stop, continued } = outcome;
    const others = this.#alike.flatMap((one) => (one.outcome.type === "returned" ? [one.outcome] : []));
    const kind = stop !== undefined ? "stop" : reply === undefined ? "noreply" : "reply";
    const left = this.#writer;
    return [
      { name: "", expression: scalar(`:${kind}`) },
      ...(stop === undefined ? [] : [{ name: "reason", expression: left.expected(stop, [], "reason") }]),
      ...(reply === undefined
        ? []
        : [
            {
              name: "reply",
              expression: left.expected(
                reply,
                others.map((one) => one.reply!),
                "reply",
              ),
            },
          ]),
      {
        name: "left",
        expression: left.expected(
          state,
          others.map((one) => one.state),
          "value",
        ),
      },
      ...(continued === undefined || continued === null
        ? []
        : [
            {
              name: "next",
              expression: left.expected(new Tuple([new Atom("continue"), continued]), [], "value"),
            },
          ]),
    ];
  }

  #sends(): void {
    for (const [i, sent] of this.#step.sent.entries()) {
      const others = this.#alike.map((one) => one.sent[i]!.message);
      if (this.#isBroadcast(sent.message)) continue;
      const toSelf = sent.to !== undefined && keyOf(sent.to) === keyOf(this.#step.self);
      const as = this.#as(sent);
      if (!toSelf && as === undefined) {
        if (!sent.system)
          this.#notes.push(`It also sent ${short(sent.message)} to ${sent.label}, which is not looked at.`);
        continue;
      }
      const expected = sent.isQuestion
        ? this.#question(sent.message, others)
        : this.#writer.expected(sent.message, others, "value");
      const isName = !this.#variables.all.some(({ name }) => name === as);
      this.#body.received(expected, (message) =>
        toSelf ? message : `{${isName ? as : `^${as}`}, ${message}}`,
      );
    }
  }

  /** To one of those who are subscribed. */
  #isBroadcast(message: Term): boolean {
    return this.#step.broadcasts.some((one) => keyOf(one.message) === keyOf(message));
  }

  #subscriptions(): readonly string[] {
    const topics = this.#step.broadcasts.map(
      ({ pubsub, topic }) =>
        `Phoenix.PubSub.subscribe(${inspect(new Atom(pubsub))}, ${inspect(new TextEncoder().encode(topic))})`,
    );
    return [...new Set(topics)];
  }

  /** `{:"$gen_call", _, Question}` */
  #question(message: Term, others: readonly Term[]): Expression {
    const question = (term: Term): Term => (term as Tuple).elements[2]!;
    const asked = this.#writer.expected(question(message), others.map(question), "value");
    return {
      type: "sequence",
      open: "{",
      close: "}",
      items: [scalar(':"$gen_call"'), scalar("_", "_"), asked],
    };
  }

  /** With what makes the variables that are used, in front. */
  #defined(
    lines: readonly string[],
    from: Expression | undefined,
    standIns: ReadonlyMap<string, string>,
  ): readonly string[] {
    const isUsed = (name: string, text: string): boolean =>
      new RegExp(`(?<![\\w:.])${name}(?![\\w:])`).test(text);
    const made = [...standIns.values()].join("\n");
    const rest = `${lines.join("\n")}\n${made}`;
    const [caller, tag] = from ? flat(from).slice(1, -1).split(", ") : [];
    const fromText =
      from && (isUsed(caller!, rest) || isUsed(tag!, rest)) ? flat(from) : "{self(), make_ref()}";
    const written = lines.map((line) => line.replace(FROM, () => fromText));
    const whole = `${written.join("\n")}\n${made}`;
    const variables = this.#variables.all.filter(({ name }) => isUsed(name, whole));
    const plain = variables
      .filter(({ made: how }) => how !== null)
      .map(({ name, made: how }) => `${name} = ${how}`);
    const processes = variables
      .filter(({ made: how }) => how === null)
      .map(({ name }) => `${name} = ${standIns.get(name) ?? "stand_in(nil, [])"}`);
    const named = [...standIns].filter(([as]) => !this.#variables.all.some(({ name }) => name === as));
    return [...plain, ...processes, ...named.map(([, how]) => how), ...this.#subscriptions(), ...written];
  }

  #title(): string {
    const { outcome, message, event } = this.#step;
    const what = short(message);
    const end = ` (event ${event})`;
    if (outcome.type === "raised") return `raises after ${what}${end}`;
    if (outcome.stop !== undefined) return `stops after ${what}${end}`;
    return outcome.reply === undefined
      ? `takes ${what}${end}`
      : `replies ${short(outcome.reply)} to ${what}${end}`;
  }
}

/** For a name, or a comment: on one line, without what differs from run to run. */
const short = (term: Term): string => {
  const text = inspect(term, { maxLength: 32 }).replace(/#(PID|Reference|Port)<[^>]*(?:>|…|$)/g, "#$1<…>");
  return text.length > 34 ? `${text.slice(0, 33)}…` : text;
};

const isAtom = (term: Term | undefined, name: string): boolean => term instanceof Atom && term.name === name;

/** The reference that an answer is known by. */
function referenceIn(tag: Term): Reference | undefined {
  if (tag instanceof Reference) return tag;
  for (const part of partsOf(tag)) {
    const found = referenceIn(part);
    if (found) return found;
  }
  return undefined;
}

/** Did both end alike, whatever the values? */
function sameEnd(a: RecordedStep, b: RecordedStep): boolean {
  const end = ({ outcome, sent, broadcasts }: RecordedStep): string =>
    outcome.type === "raised"
      ? "raised"
      : [
          outcome.reply === undefined,
          outcome.stop === undefined,
          ...broadcasts.map(({ topic }) => topic),
          ...sent.map((one) => `${one.label} ${formOf(one.message)}`),
        ].join();
  return end(a) === end(b);
}

const formOf = (term: Term): string =>
  term instanceof Tuple ? `{${term.elements.length}}` : term instanceof Float ? "float" : typeof term;
