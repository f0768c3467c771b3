import { Atom, decodeTerm, encode, type Pid, type Term, Tuple } from "@elixirscope/etf";
import { isReplyTo } from "../analysis/index.ts";
import { ElixirScopeError } from "../model/index.ts";
import type { ReplayAnswer, ReplayEffect, ReplayInput, ReplayRow } from "../protocol/index.ts";
import {
  differences,
  isRedacted,
  mfaText,
  type RecordedCallback,
  recordedOutcome,
  replayedOutcome,
} from "../query/index.ts";
import type { Mfa, ReplayRequest, ReplayResult, ReplayRun, RunEffect } from "../tracer/index.ts";
import type { Recorder } from "./recorder.ts";

/** Where callbacks are run. */
export interface ReplayNode {
  readonly name: string;
  replay(request: ReplayRequest): Promise<ReplayResult>;
}

const TIMEOUT_MS = 5_000;
/** After so long no further callback is begun: whoever asked does not wait for ever. */
const TOTAL_MS = 20_000;

/**
 * Runs recorded callbacks once more, one after the other, and says what differs.
 * @param nodeOf where, by the name of the node that the callback ran on
 */
export async function replay(
  recorder: Recorder,
  nodeOf: (name: string) => ReplayNode,
  input: ReplayInput,
): Promise<ReplayAnswer> {
  const until = Date.now() + TOTAL_MS;
  const rows: ReplayRow[] = [];
  let state: Uint8Array | undefined;
  let node: ReplayNode | undefined;
  for (const recorded of await recorder.query.callbacks(input)) {
    const one = new OneReplay(recorder, recorded, input.chain === true ? state : undefined);
    node = nodeOf(recorder.lookup.nodeName(recorded.event.node));
    const late = Date.now() > until ? "There was no time left for it: ask for fewer at once." : "";
    const { row, left } = await one.row(node, input, late);
    state = left ?? state;
    rows.push(row);
  }
  return {
    node: node?.name ?? "",
    ran: input.run === true,
    chained: input.chain === true,
    verdict: verdictOf(rows),
    rows,
  };
}

const verdictOf = (rows: readonly ReplayRow[]): ReplayRow["verdict"] =>
  (["differs", "not_run"] as const).find((verdict) => rows.some((row) => row.verdict === verdict)) ?? "same";

interface Replayed {
  readonly row: ReplayRow;
  /** The state that it left, for the next one. */
  readonly left: Uint8Array | undefined;
}

class OneReplay {
  readonly #recorder: Recorder;
  readonly #recorded: RecordedCallback;
  readonly #state: Uint8Array;
  readonly #node: number;

  constructor(recorder: Recorder, recorded: RecordedCallback, state: Uint8Array | undefined) {
    this.#recorder = recorder;
    this.#recorded = recorded;
    this.#state = state ?? recorded.state;
    this.#node = recorded.event.node;
  }

  async row(node: ReplayNode, input: ReplayInput, late: string): Promise<Replayed> {
    const refused = this.#recorded.refused || late;
    if (refused !== "") return { row: this.#notRun(refused), left: undefined };
    try {
      const result = await node.replay(this.#request(input));
      return result.run
        ? this.#compared(result, result.run)
        : { row: this.#notRun("", result), left: undefined };
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (code !== "TRACER_REPLAY_FAILED") throw error;
      return { row: this.#notRun(message), left: undefined };
    }
  }

  #request({ run = false, timeoutMs = TIMEOUT_MS }: ReplayInput): ReplayRequest {
    const { type, function: callback, message, answers } = this.#recorded;
    const { module, function: name, arity } = callback!;
    const self = this.#self();
    return {
      type,
      module,
      function: name,
      arity,
      message,
      state: this.#state,
      self,
      answers,
      run,
      timeoutMs,
    };
  }

  #self(): Pid {
    return this.#recorder.query.processTerm(`p-${this.#recorded.event.pid}`);
  }

  #compared(result: ReplayResult, run: ReplayRun): Replayed {
    const { recorded, inspect } = { recorded: this.#recorded, inspect: this.#inspect };
    const { reply, sends } = this.#sent(run);
    const { outcome } = run;
    const compared = {
      recorded,
      given: [this.#self(), termOf(this.#state), termOf(recorded.message)],
      left: this.#left(),
      replayed: outcome,
      sends,
      answered: reply,
      time: { system: run.system, monotonic: run.monotonic },
    };
    const found = differences(compared, inspect);
    const stopped = outcome.ended === "stopped" ? whyStopped(outcome.why, inspect) : "";
    const row: ReplayRow = {
      ...this.#notRun(stopped, result),
      verdict: stopped !== "" ? "not_run" : found.differences.length > 0 ? "differs" : "same",
      replayed: replayedOutcome(outcome, reply, inspect),
      ...found,
      effects: run.effects.map((effect) => this.#effect(effect)),
      effectsTotal: run.effectsTotal,
      output: run.output,
      durationNs: run.durationNs,
      notes: this.#notes(run),
    };
    const left = outcome.ended === "returned" && outcome.state !== undefined ? outcome.state : undefined;
    return { row, left: left === undefined ? undefined : encode(left).subarray(1) };
  }

  /** What it sent, with its answer to who called apart: that one goes by what the call is known by. */
  #sent({ effects }: ReplayRun): { readonly reply: Term | undefined; readonly sends: readonly Term[] } {
    const messages = effects
      .filter(({ kind, child }) => kind === "message" && !child)
      .map(({ what }) => what);
    const isReply = (message: Term): boolean => isReplyTo(this.#recorded.message, message);
    const reply = messages.find(isReply);
    return {
      reply: reply instanceof Tuple ? reply.elements[1] : undefined,
      sends: messages.filter((message) => !isReply(message)),
    };
  }

  readonly #inspect = (term: Term, maxLength: number): { readonly text: string } =>
    this.#recorder.lookup.inspect(term, maxLength, this.#node);

  #left(): Term {
    return termOf(this.#recorded.event.payload);
  }

  #notRun(why: string, result?: ReplayResult): ReplayRow {
    const { event, dispatch, cause, function: callback, message } = this.#recorded;
    return {
      event: event.id,
      dispatch: dispatch?.id ?? null,
      message: cause?.id ?? null,
      process: this.#recorder.query.processRef(event.pid),
      callback: callback ? mfaText(callback.module, callback.function, callback.arity) : "",
      argument: message.length === 0 ? "" : this.#inspect(termOf(message), 2_000).text,
      verdict: "not_run",
      why,
      recorded: recordedOutcome(this.#recorded, this.#left(), this.#inspect),
      replayed: null,
      differences: [],
      volatile: [],
      effects: [],
      effectsTotal: 0,
      risks: (result?.risks ?? []).map((risk) => ({
        kind: risk.kind,
        call: functionText(risk.call),
        in: functionText(risk.in),
      })),
      unread: (result?.unread ?? []).map((module) => this.#inspect(new Atom(module), 300).text),
      output: "",
      durationNs: null,
      notes: this.#notes(),
    };
  }

  #notes(run?: ReplayRun): readonly string[] {
    const { notes, message, state } = this.#recorded;
    return [
      ...notes,
      ...([message, state].some(isRedacted)
        ? [
            "Values of secret keys were overwritten when this was recorded: a callback that reads them does other things than it did.",
          ]
        : []),
      ...(run?.kept ?? []).map(
        (one) => `${this.#inspect(one, 100).text} is the live one: what is done to it is done for real.`,
      ),
    ];
  }

  #effect({ kind, caught, to, name, what }: RunEffect): ReplayEffect {
    const pid = to === undefined ? "" : this.#inspect(to, 100).text;
    const named = name === undefined ? "" : this.#inspect(name, 100).text;
    const receiver = named === "" || named === pid ? pid : `${named} ${pid}`.trim();
    return { kind, caught, to: receiver, what: this.#inspect(what, 500).text };
  }
}

const termOf = (bytes: Uint8Array): Term =>
  bytes.length === 0 ? new Atom("undefined") : decodeTerm(bytes, 0).term;

const functionText = ({ module, function: name, arity }: Mfa): string => mfaText(module, name, arity);

function whyStopped(
  why: Term,
  inspect: (term: Term, maxLength: number) => { readonly text: string },
): string {
  if (why instanceof Tuple && why.elements[0] instanceof Atom) {
    const detail = inspect(why.elements[1]!, 300).text;
    if (why.elements[0].name === "unanswered")
      return `It was stopped: it asked ${detail} of a process whose answer is not in the record.`;
    return `Its process ended: ${detail}.`;
  }
  const words: Readonly<Record<string, string>> = {
    time: "it took longer than it may (--timeout)",
    memory: "it took more memory than it may (64 MB)",
    effects: "it did more than 10,000 things beside its work (messages, processes, tables …)",
  };
  return `It was stopped: ${words[why instanceof Atom ? why.name : ""] ?? inspect(why, 300).text}.`;
}

/** @throws ElixirScopeError `ENGINE_NO_REPLAY_NODE` */
export function replayNode({ node }: ReplayInput): string {
  if (node !== undefined) return node;
  throw new ElixirScopeError(
    "ENGINE_NO_REPLAY_NODE",
    "This ElixirScope shows a recording. Say on which node the callbacks are to be run: --node my_app@127.0.0.1.",
  );
}
