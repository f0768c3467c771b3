import { CallGraph, Flame, type FlameNode } from "../analysis/index.ts";
import type {
  CallGraphAnswer,
  FlameAnswer,
  FlameRow,
  HotAnswer,
  SlowestAnswer,
  SlowRow,
  WorkInput,
} from "../protocol/index.ts";
import { Pace, type StoredEvent } from "../store/index.ts";
import { CallsQuery } from "./calls-query.ts";
import { type Frame, frameName, framesOf, outerCaller, readWork, type WorkSources } from "./work-reader.ts";

const LIMIT = 30;

/** Where time went: callbacks and calls of traced functions, put together. */
export class PerformanceQuery {
  readonly #sources: WorkSources;

  constructor(sources: WorkSources) {
    this.#sources = sources;
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `BAD_MFA_PATTERN` */
  async flame(input: WorkInput): Promise<FlameAnswer> {
    const { names, lookup } = this.#sources;
    const { roots, isFunction, scanned, complete } = await readWork(input, this.#sources, input.read);
    const flame = new Flame<StoredEvent>((frame) => frameName(frame, lookup));
    let unfinished = 0;
    const pace = new Pace();
    for (const [pid, frames] of roots) {
      const shown = input.mfa === undefined ? frames : topmost(frames, isFunction);
      if (shown.length > 0) await pace.run(flame.addSteps([names.ref(pid)?.label ?? ""], shown));
      unfinished += framesOf(shown).filter(({ durationNs }) => durationNs === undefined).length;
    }
    const rows = flame.roots().map(flameRow);
    const totalNs = rows.reduce((sum, one) => sum + one.totalNs, 0);
    const name = [input.flow, input.process, input.mfa].filter((one) => one !== undefined).join(" ");
    return {
      name: name === "" ? "all processes" : name,
      totalNs,
      roots: rows,
      unfinished,
      scanned,
      complete,
    };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `BAD_MFA_PATTERN` */
  async hot(input: WorkInput): Promise<HotAnswer> {
    const { lookup, sources } = this.#sources;
    const { roots, isFunction, scanned, complete } = await readWork(input, this.#sources, input.read);
    const graph = this.#graph();
    const frames = new Map<string, Frame>();
    const pace = new Pace();
    for (const root of [...roots.values()].flat()) {
      if (pace.isOver) await pace.rest();
      graph.add([root]);
      for (const frame of framesOf([root])) frames.set(frameName(frame, lookup), frame);
    }
    const functions = graph.functions();
    const rows = functions
      .filter(({ key }) => isFunction(frames.get(key)!))
      .slice(0, input.limit ?? LIMIT)
      .map(({ key, ...sums }) => {
        const { type, mfa } = frames.get(key)!;
        const entry = lookup.function(mfa);
        const file = entry ? sources.file(entry.module) : null;
        const line = entry ? sources.line(entry.module, entry.function, entry.arity) : null;
        return { type, name: key, ...sums, file, line };
      });
    const totalNs = functions.reduce((sum, { ownNs }) => sum + ownNs, 0);
    return { rows, totalNs, scanned, complete };
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `BAD_MFA_PATTERN` */
  async callGraph(input: WorkInput): Promise<CallGraphAnswer> {
    const { lookup } = this.#sources;
    const { roots, isFunction, scanned, complete } = await readWork(input, this.#sources, input.read);
    const graph = this.#graph();
    const wanted = new Set<string>();
    const pace = new Pace();
    for (const root of [...roots.values()].flat()) {
      if (pace.isOver) await pace.rest();
      graph.add([root]);
      for (const frame of framesOf([root])) if (isFunction(frame)) wanted.add(frameName(frame, lookup));
    }
    const edges = graph
      .edges()
      .filter(
        ({ caller, callee }) =>
          input.mfa === undefined || wanted.has(callee) || (caller !== null && wanted.has(caller)),
      );
    const limit = input.limit ?? LIMIT;
    return { rows: edges.slice(0, limit), more: edges.length > limit, scanned, complete };
  }

  #graph(): CallGraph<StoredEvent> {
    const { lookup } = this.#sources;
    return new CallGraph<StoredEvent>(
      (frame) => frameName(frame, lookup),
      (frame) => outerCaller(frame, lookup),
    );
  }

  /** @throws ElixirScopeError `QUERY_NO_SUCH_PROCESS`, `QUERY_NO_SUCH_FLOW`, `BAD_MFA_PATTERN` */
  async slowest(input: WorkInput): Promise<SlowestAnswer> {
    const { messages, clock } = this.#sources;
    const { roots, isFunction, scanned, complete } = await readWork(input, this.#sources, input.read);
    const limit = input.limit ?? LIMIT;
    const pace = new Pace();
    const meant = await pace.filter(
      [...roots.values()].flatMap(framesOf),
      (frame) => isFunction(frame) && frame.outcome !== "unknown",
    );
    const frames = await pace.sorted(meant, (a, b) => weight(b.durationNs) - weight(a.durationNs));
    const rows = await this.#frameRows(frames.slice(0, limit));
    // A request is of no function, and of which flow it is would have to be asked for each.
    const requests = input.mfa === undefined && input.flow === undefined;
    const process = input.process === undefined ? {} : { process: input.process };
    const since = input.from === undefined ? {} : { since: input.from };
    const until = input.to === undefined ? {} : { until: input.to };
    const query = new CallsQuery({ ...messages, clock });
    const calls = requests
      ? await query.list({ ...process, ...since, ...until, node: input.node, limit: 2_000 })
      : undefined;
    const inside = (t: number): boolean => t >= (input.from ?? -Infinity) && t <= (input.to ?? Infinity);
    const asked = (calls?.rows ?? []).flatMap((call): SlowRow[] => {
      const first = call.request ?? call.received;
      if (!first || call.outcome === "unknown" || !inside(first.t)) return [];
      const { from, to, latencyNs } = call;
      const { id, t, summary } = first;
      return [
        { type: "request", id, t, process: from, to, text: summary, durationNs: latencyNs, ownNs: null },
      ];
    });
    const all = [...rows, ...asked].sort((a, b) => weight(b.durationNs) - weight(a.durationNs));
    return {
      rows: all.slice(0, limit),
      scanned: scanned + (calls?.scanned ?? 0),
      complete: complete && (calls?.complete ?? true),
    };
  }

  /** With their arguments, which are read for these alone. */
  async #frameRows(frames: readonly Frame[]): Promise<readonly SlowRow[]> {
    const { store, rows, names, lookup, clock } = this.#sources;
    const calls = frames.filter(({ type }) => type === "call").map(({ begin }) => begin.id);
    const events = new Map((await store.eventsByIds(calls)).map((event) => [event.id, event]));
    return frames.map(({ type, pid, begin, durationNs, ownNs, mfa }) => {
      const event = events.get(begin.id);
      return {
        type,
        id: begin.id,
        t: clock.t(begin.ts),
        process: names.ref(pid),
        to: null,
        text: event ? rows.row(event).summary : (lookup.mfa(mfa) ?? ""),
        durationNs: durationNs === undefined ? null : Number(durationNs),
        ownNs: durationNs === undefined ? null : Number(ownNs),
      };
    });
  }
}

/** What has not ended takes longest. */
const weight = (ns: bigint | number | undefined | null): number =>
  ns === undefined || ns === null ? Number.MAX_VALUE : Number(ns);

const topmost = (frames: readonly Frame[], wanted: (frame: Frame) => boolean): readonly Frame[] =>
  frames.flatMap((frame) => (wanted(frame) ? [frame] : topmost(frame.children, wanted)));

const flameRow = ({ key, children, ...rest }: FlameNode): FlameRow => ({
  name: key,
  ...rest,
  children: children.map(flameRow),
});
