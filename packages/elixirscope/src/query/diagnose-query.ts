import {
  diagnoseSteps,
  type Facts,
  type Finding,
  type MoreFacts,
  type SamplePoint,
  type Split,
  type SplitFact,
} from "../analysis/index.ts";
import type { DiagnoseAnswer, DiagnoseInput, FindingRow } from "../protocol/index.ts";
import { Pace } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { backgroundFacts } from "./diagnose-background.ts";
import { busyFacts, knownNodes, leakFacts } from "./diagnose-busy.ts";
import { callFacts, crashFacts } from "./diagnose-calls.ts";
import { serverFacts } from "./diagnose-clauses.ts";
import { groupFacts } from "./diagnose-groups.ts";
import { inventoryFacts, monitorFacts, sizeFacts } from "./diagnose-leaks.ts";
import { lostSends, unhandledFacts } from "./diagnose-messages.ts";
import { broadcastFacts, jobFacts, repeatFacts, requestFacts, userEventFacts } from "./diagnose-phoenix.ts";
import { mailboxFacts, readSamples, type Samples, spawnFacts, timerFacts } from "./diagnose-processes.ts";
import { logFacts, sendFacts } from "./diagnose-sends.ts";
import type { DiagnoseSources } from "./diagnose-sources.ts";
import { turnFacts } from "./diagnose-turns.ts";
import type { FlowQuery } from "./flow-query.ts";
import { nodeSplits } from "./node-splits.ts";
import { timeSpan } from "./time-span.ts";

const DEFAULT_LIMIT = 50;
/** What follows from a flow shows a little later. */
const AFTERWARDS_NS = 1e9;

/** What can be seen to go wrong, with its evidence. */
export class DiagnoseQuery {
  readonly sources: DiagnoseSources;
  /** Of the record as it was up to an event: several questions in a row look at the same. */
  #gathered: { readonly lastId: number; readonly facts: Promise<Facts> } | undefined;
  readonly #flows: FlowQuery;

  constructor(sources: DiagnoseSources, flows: FlowQuery) {
    this.sources = sources;
    this.#flows = flows;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_NODE`, `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `QUERY_NO_SUCH_REQUEST`, `QUERY_NO_SUCH_LIVE_VIEW` */
  async answer(input: DiagnoseInput): Promise<DiagnoseAnswer> {
    const scope = await this.#scope(input);
    const facts = await this.facts();
    const { findings, clear, blind } = await new Pace(1).run(diagnoseSteps(facts));
    const isOn = this.#onNode(input);
    const meant = findings.filter((finding) => isIn(finding, scope) && isOn(finding));
    const shown = meant.slice(0, input.limit ?? DEFAULT_LIMIT);
    return {
      from: Math.max(facts.from, scope.from),
      to: Math.min(facts.to, scope.to),
      rows: shown.map((finding) => this.row(finding)),
      more: meant.length > shown.length,
      clear: clear.map((finding) => this.row(finding)),
      blind: blind.map((finding) => this.row(finding)),
    };
  }

  /** Everything that detectors look at, in bounded amounts: the newest, where there is more. */
  async facts(): Promise<Facts> {
    const { lastId } = await this.sources.store.totals();
    if (this.#gathered?.lastId !== lastId) this.#gathered = { lastId, facts: this.#gather() };
    return this.#gathered.facts;
  }

  async #gather(): Promise<Facts> {
    const sources = this.sources;
    const span = await timeSpan({}, sources);
    const samples = await readSamples(sources);
    const [
      broadcasts,
      groups,
      crashes,
      calls,
      lost,
      unhandled,
      mailboxes,
      spawns,
      timers,
      requests,
      jobs,
      repeats,
      userEvents,
    ] = await Promise.all([
      broadcastFacts(sources),
      groupFacts(sources),
      crashFacts(sources),
      callFacts(sources),
      lostSends(sources),
      unhandledFacts(sources),
      mailboxFacts(samples, sources),
      spawnFacts(sources),
      timerFacts(sources),
      requestFacts(sources),
      jobFacts(sources),
      repeatFacts(sources),
      userEventFacts(sources),
    ]);
    return {
      ...span,
      counts: await sources.store.countByKind({}),
      ...(await this.#more(samples)),
      broadcasts: [...broadcasts, ...groups],
      crashes,
      calls,
      lostSends: lost,
      unhandled,
      mailboxes,
      spawns,
      timers,
      requests,
      jobs,
      repeats,
      userEvents,
      sampleIn: ({ handle }, from, to) =>
        (samples.get(indexOf(handle)) ?? []).findLast(({ t }: SamplePoint) => t >= from && t <= to),
    };
  }

  async #more(samples: Samples): Promise<MoreFacts> {
    const sources = this.sources;
    const [sizes, inventory, monitors, sends, turns, logs, leaks, nodes, lost, background] =
      await Promise.all([
        sizeFacts(samples, sources),
        inventoryFacts(sources),
        monitorFacts(sources),
        sendFacts(sources),
        turnFacts(sources),
        logFacts(sources),
        leakFacts(sources),
        knownNodes(sources),
        nodeSplits(sources.store, sources.lookup),
        backgroundFacts(sources),
      ]);
    return {
      ...inventory,
      sizes,
      monitors,
      ...sends,
      turns,
      servers: serverFacts(sources),
      logs,
      leaks,
      busy: busyFacts(samples, sources),
      knownNodes: nodes,
      nodesSeen: lost.seen,
      splits: lost.splits.map((split) => splitFact(split, sources.clock)),
      ...background,
    };
  }

  row(finding: Finding): FindingRow {
    const seen = new Set<string>();
    return {
      ...finding,
      processes: finding.processes.flatMap(({ handle }) => {
        if (seen.has(handle)) return [];
        seen.add(handle);
        return this.sources.names.ref(indexOf(handle)) ?? [];
      }),
    };
  }

  /** Has a finding to do with the node that is asked for? @throws ElixirScopeError `QUERY_NO_SUCH_NODE` */
  #onNode({ node }: DiagnoseInput): (finding: Finding) => boolean {
    if (node === undefined) return () => true;
    const { lookup } = this.sources;
    const names = new Set(lookup.nodesMeant(node).map((index) => lookup.nodeName(index)));
    return ({ processes }) =>
      processes.some(({ handle }) => names.has(lookup.process(indexOf(handle))?.node ?? ""));
  }

  /** Who and when a question is about. @throws ElixirScopeError as {@link answer} */
  async #scope({ process, flow, request, liveView, from, to }: DiagnoseInput): Promise<Scope> {
    const bounds = { from: from ?? Number.NEGATIVE_INFINITY, to: to ?? Number.POSITIVE_INFINITY };
    const { names, phoenix } = this.sources;
    if (process !== undefined)
      return { ...bounds, handles: new Set(names.resolveAll(process).map((index) => `p-${index}`)) };
    if (flow !== undefined) return this.ofFlow(flow);
    if (liveView !== undefined) {
      const page = await phoenix.liveView({ liveView });
      return { ...bounds, handles: new Set(page.processes.map(({ handle }) => handle)) };
    }
    if (request === undefined) return { ...bounds, handles: undefined };
    const { t, durationNs, process: by, flow: its } = await phoenix.request(request);
    if (its !== null) return this.ofFlow(its);
    const end = t + (durationNs ?? 0) + AFTERWARDS_NS;
    return { from: t, to: end, handles: new Set(by ? [by.handle] : []) };
  }

  /** The processes of a flow, while it lasted. @throws ElixirScopeError `QUERY_NO_SUCH_FLOW` */
  async ofFlow(flow: string): Promise<Scope> {
    const answer = await this.#flows.flow(flow);
    const handles = new Set<string>();
    const walk = (span: typeof answer.root): void => {
      if (span.process) handles.add(span.process.handle);
      for (const hop of span.hops) {
        if (hop.to) handles.add(hop.to.handle);
        if (hop.span) walk(hop.span);
      }
    };
    walk(answer.root);
    return { from: answer.t, to: answer.t + answer.durationNs + AFTERWARDS_NS, handles };
  }
}

const splitFact = ({ nodes, from, to, evidence }: Split, clock: Clock): SplitFact => ({
  nodes,
  from: clock.t(from),
  to: to === null ? null : clock.t(to),
  evidence,
});

/** Whom and when a question is about; without handles about all. */
export interface Scope {
  readonly from: number;
  readonly to: number;
  readonly handles: ReadonlySet<string> | undefined;
}

export const indexOf = (handle: string): number => Number(handle.slice(2));

/** Is a finding about one of these processes, and of that time? */
function isIn(finding: Finding, { from, to, handles }: Scope): boolean {
  const begins = finding.t ?? from;
  const ends = finding.until ?? begins;
  if (begins > to || ends < from) return false;
  return handles === undefined || finding.processes.some(({ handle }) => handles.has(handle));
}
