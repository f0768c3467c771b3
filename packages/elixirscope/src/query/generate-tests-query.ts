import { decodeTerm } from "@elixirscope/etf";
import {
  callbackTests,
  conversationTest,
  type LeftOut,
  type RecordedStep,
  stepForm,
  type TestModule,
  testFile,
} from "../analysis/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import type { FlowAnswer, FlowSpan, GenerateTestsAnswer, GenerateTestsInput } from "../protocol/index.ts";
import type { StoredEvent } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { flowsAt } from "./flow-locator.ts";
import { liveViewTests } from "./live-view-tests-query.ts";
import { atomText } from "./lookup.ts";
import type { MessageSources } from "./message-query.ts";
import type { PhoenixQuery } from "./phoenix-query.ts";
import { stepOf, whyNoStep } from "./recorded-steps.ts";
import { type RecordedCallback, recordedCallback, stateOf } from "./replay-query.ts";
import { type Made, requestTests } from "./request-tests-query.ts";
import { walkStates } from "./state-history.ts";

export interface TestSources extends MessageSources {
  readonly clock: Clock;
  readonly phoenix: PhoenixQuery;
  flow(flow: string): Promise<FlowAnswer>;
}

const DEFAULT_LIMIT = 20;
/** States of a process or a flow that are looked at: the newest. */
const STATES = 2_000;
/** Of each callback with a message of the same form so many are looked at closely, the smallest. */
const OF_A_FORM = 12;
const CLOSELY = 200;

/** @throws ElixirScopeError as the method of {@link QueryEngine} says */
export async function generateTests(
  input: GenerateTestsInput,
  sources: TestSources,
): Promise<GenerateTestsAnswer> {
  const made = await madeOf(input, sources);
  const { modules, left, alike } = made;
  const tests = modules.flatMap(({ name, tests: list }) =>
    list.map((test) => ({ module: name, name: test.name, events: test.events })),
  );
  const source = tests.length === 0 ? "" : testFile(headOf(made, sources), modules);
  return { source, path: pathOf(modules), tests, left, alike };
}

async function madeOf(input: GenerateTestsInput, sources: TestSources): Promise<Made> {
  if (input.request !== undefined) return requestTests(input.request, sources.phoenix);
  if (input.liveView !== undefined) return liveViewTests(input.liveView, sources.phoenix);
  const callbacks = await callbacksOf(input, sources);
  const timeouts = new Set(callbacks.filter(isTimeout).map(({ event }) => event.pid));
  const steps: RecordedStep[] = [];
  const left = new Map<string, LeftOut & { events: number[] }>();
  for (const one of callbacks) {
    if (one.function && NO_MESSAGE.has(one.function.function)) continue;
    if (input.flow !== undefined && one.function && isLibrary(one.function.module)) continue;
    const why = whyNoStep(one);
    if (why === "") steps.push(await stepOf(sources, one, timeouts.has(one.event.pid)));
    else leave(left, one, why, sources);
  }
  if (input.form === "conversation") return conversation(steps, [...left.values()]);
  const found = callbackTests(steps, input.limit ?? DEFAULT_LIMIT);
  const modules = found.modules.map(({ module, tests }) => moduleOf(module, tests));
  return { modules, left: [...left.values(), ...found.left], alike: found.alike };
}

/** They begin and end a process: nobody sends them. */
const NO_MESSAGE: ReadonlySet<string> = new Set(["init", "terminate", "code_change"]);

/** Of a flow's processes only those of the application are of interest: Erlang's and Elixir's own are not. */
const isLibrary = (module: string): boolean =>
  /^(?!Elixir\.)|^Elixir\.(?:Agent|DynamicSupervisor|Phoenix|Registry|Task|DBConnection|Ecto|Logger)(?:\.|$)/.test(
    module,
  );

/** A server's own timeout. */
const isTimeout = ({ cause, message, function: callback }: RecordedCallback): boolean =>
  callback?.function === "handle_info" && cause !== undefined && stepForm("", termOf(message)) === " timeout";

function leave(
  left: Map<string, LeftOut & { events: number[] }>,
  { event, function: callback }: RecordedCallback,
  why: string,
  { names }: MessageSources,
): void {
  const who = names.ref(event.pid)?.label ?? "";
  const what = callback ? `${callback.function} of ${who}` : who;
  const known = left.get(`${what} ${why}`);
  if (known) known.events.push(event.id);
  else left.set(`${what} ${why}`, { events: [event.id], what, why });
}

const moduleOf = (module: string, tests: TestModule["tests"], what = ""): TestModule => ({
  name: `${testName(module)}.Recorded${what}Test`,
  comments: [],
  head: [],
  tests,
  helpers: [],
});

/** `Hello.Counter`; of an Erlang module `Till`. */
function testName(module: string): string {
  const text = atomText(module);
  if (!text.startsWith(":")) return text;
  const name = text.replace(/[^a-zA-Z0-9_]/g, "");
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function conversation(steps: readonly RecordedStep[], left: readonly LeftOut[]): Made {
  const [first] = steps;
  if (!first) return { modules: [], left, alike: 0 };
  const own = steps.filter(({ self }) => self.id === first.self.id && self.serial === first.self.serial);
  try {
    return { modules: [moduleOf(first.module, [conversationTest(own)], "Conversation")], left, alike: 0 };
  } catch (error) {
    const events = own.map(({ event }) => event);
    return {
      modules: [],
      left: [...left, { events, what: "a conversation", why: (error as Error).message }],
      alike: 0,
    };
  }
}

async function callbacksOf(
  input: GenerateTestsInput,
  sources: TestSources,
): Promise<readonly RecordedCallback[]> {
  const states = await statesOf(input, sources);
  const chosen =
    input.form === "conversation" || input.events ? states.slice(0, CLOSELY) : await someOf(states, sources);
  const found: RecordedCallback[] = [];
  for (const event of chosen) found.push(await recordedCallback(sources, event));
  return found;
}

async function statesOf(input: GenerateTestsInput, sources: TestSources): Promise<readonly StoredEvent[]> {
  if (input.events) {
    const states = new Map<number, StoredEvent>();
    for (const id of input.events) {
      const state = await stateOf(sources, id);
      states.set(state.id, state);
    }
    return [...states.values()].sort((a, b) => a.id - b.id);
  }
  const what = input.process ?? input.flow ?? "";
  const states =
    input.flow === undefined ? await ofProcess(input, sources) : await ofFlow(input.flow, sources);
  if (states.length > 0) return states;
  throw new ElixirScopeError(
    "QUERY_NO_CALLBACKS",
    `No state of ${what} is recorded here, so there is nothing to make tests of. States are recorded from the level state on.`,
    { of: what },
  );
}

async function ofProcess(
  { process = "", fromId, toId }: GenerateTestsInput,
  { store, names }: TestSources,
): Promise<readonly StoredEvent[]> {
  const states = await store.events({
    kinds: ["state"],
    pids: names.resolveAll(process),
    ...(fromId === undefined ? {} : { afterId: fromId - 1 }),
    ...(toId === undefined ? {} : { beforeId: toId + 1 }),
    order: "newest_first",
    limit: STATES,
  });
  return states.toReversed();
}

/** States that its processes left while they were at it. */
async function ofFlow(flow: string, sources: TestSources): Promise<readonly StoredEvent[]> {
  const { store, lookup, clock } = sources;
  const answer = await sources.flow(flow);
  const pids = new Set<number>();
  const collect = (span: FlowSpan): void => {
    if (span.process) pids.add(Number(span.process.handle.slice(2)));
    for (const hop of span.hops) if (hop.span) collect(hop.span);
  };
  collect(answer.root);
  const states = await store.events({
    kinds: ["state"],
    pids: [...pids],
    from: clock.ts(answer.t),
    to: clock.ts(answer.t + answer.durationNs) + AFTER_NS,
    order: "oldest_first",
    limit: STATES,
  });
  const flows = await flowsAt(store, lookup, states);
  return states.filter((_, i) => flows[i] === flow);
}

/** The last callback of a flow ends after its last message. */
const AFTER_NS = 1_000_000_000n;

/** Of each form of message some: a look at one costs several questions to the store. */
async function someOf(states: readonly StoredEvent[], sources: TestSources): Promise<readonly StoredEvent[]> {
  const { store, lookup } = sources;
  const forms = new Map<string, StoredEvent[]>();
  for (const pid of new Set(states.map((state) => state.pid))) {
    const own = states.filter((state) => state.pid === pid);
    const parts = {
      store,
      processes: [pid],
      function: ({ mfa }: StoredEvent) => lookup.function(mfa),
      tag: ({ tag }: StoredEvent) => lookup.atomName(tag),
    };
    const { steps } = await walkStates(parts, own);
    for (const state of own) {
      const { dispatch, cause } = steps.get(state.id) ?? {};
      const callback = dispatch ? (lookup.mfa(dispatch.mfa) ?? "") : "";
      const message = cause?.payload ?? dispatch?.payload ?? new Uint8Array(0);
      const form = message.length === 0 ? callback : stepForm(callback, termOf(message));
      forms.set(form, [...(forms.get(form) ?? []), state]);
    }
  }
  const smallest = [...forms.values()].flatMap((list) =>
    list.sort((a, b) => a.payload.length - b.payload.length).slice(0, OF_A_FORM),
  );
  return smallest.slice(0, CLOSELY).sort((a, b) => a.id - b.id);
}

const termOf = (bytes: Uint8Array) => decodeTerm(bytes, 0).term;

/** Where it comes from, and what is not in it. */
function headOf({ left, alike }: Made, { lookup }: TestSources): readonly string[] {
  const same =
    alike === 0
      ? []
      : [`${alike} more that behaved the same ${alike === 1 ? "has" : "have"} no test of its own.`];
  const missing = left.map(
    ({ what, why, events }) => `Not tested: ${what} (event ${events.join(", ")}). ${why}`,
  );
  return [
    `Made by ElixirScope from what ${lookup.nodeName(0)} was seen to do.`,
    ...same,
    ...missing.slice(0, 20),
  ];
}

/** `test/hello/counter_recorded_test.exs` */
function pathOf(modules: readonly TestModule[]): string {
  const [first] = modules;
  if (!first) return "";
  const parts = first.name.replace(/\.Recorded\w*Test$/, "").split(".");
  const folders = parts.map((part) => part.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase());
  return `test/${folders.join("/")}_recorded_test.exs`;
}
