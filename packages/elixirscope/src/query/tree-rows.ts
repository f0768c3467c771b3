import type { Branch, ChildSpec, ProcessTable, Steps, SupervisorState } from "../analysis/index.ts";
import { NONE } from "../model/index.ts";
import type { ChildSpecAnswer, RestartLimit, TreeNode } from "../protocol/index.ts";
import { Pace } from "../store/index.ts";
import type { Clock } from "./clock.ts";
import { atomText, type Lookup, mfaText } from "./lookup.ts";
import type { ProcessNames } from "./process-names.ts";

/** Restarts of which the instant is told, the newest. */
const TIMES_TOLD = 100;

/** The tree of processes as people read it. */
export class TreeRows {
  readonly #recording: { readonly table: ProcessTable; readonly lookup: Lookup; now(): bigint };
  readonly #names: ProcessNames;
  readonly #clock: Clock;

  constructor(
    recording: { readonly table: ProcessTable; readonly lookup: Lookup; now(): bigint },
    names: ProcessNames,
    clock: Clock,
  ) {
    this.#recording = recording;
    this.#names = names;
    this.#clock = clock;
  }

  /**
   * The tree as it is on one node; where a recording has several, one tree below each.
   * @param nodes numbers of the nodes that are meant, of lives of one name; left out: all
   */
  async roots(
    branches: readonly Branch[],
    nodes: readonly number[] | undefined,
  ): Promise<readonly TreeNode[]> {
    const { lookup } = this.#recording;
    const all = lookup.nodeNames();
    if (all.length < 2) return this.#nodes(branches);
    const below = (name: string): Promise<readonly TreeNode[]> =>
      this.#nodes(
        ofNode(branches, (index) => lookup.nodeName(index) === name),
        `other:${name}`,
      );
    const meant = nodes && new Set(nodes.map((index) => lookup.nodeName(index)));
    if (meant?.size === 1) return below([...meant][0]!);
    const roots: TreeNode[] = [];
    for (const name of all.filter((one) => meant?.has(one) ?? true))
      roots.push(nodeRoot(name, await below(name)));
    return roots;
  }

  async #nodes(branches: readonly Branch[], place?: string): Promise<readonly TreeNode[]> {
    const pace = new Pace();
    const found: TreeNode[] = [];
    for (const branch of branches) found.push(await pace.run(this.#node(branch, place)));
    return found;
  }

  /** @param place where it hangs: tells children that do not run apart */
  *#node(branch: Branch, place = "other"): Steps<TreeNode> {
    yield;
    const { lookup } = this.#recording;
    const process = branch.process ? this.#names.ref(branch.process.index) : null;
    const application = branch.application === undefined ? null : lookup.atomName(branch.application);
    const childId = branch.childId === undefined ? null : lookup.inspect(branch.childId, 80).text;
    const key =
      process?.handle ??
      (application === null ? place : `app:${branch.node ? `${branch.node}:` : ""}${application}`);
    const { child, supervisor } = branch;
    const children: TreeNode[] = [];
    for (const [i, below] of branch.children.entries())
      children.push(yield* this.#node(below, `${key}/${i}`));
    return {
      key,
      type: branch.type,
      childId,
      label:
        process?.label ?? (application === null ? (childId ?? "Other processes") : atomText(application)),
      process,
      strategy: branch.strategy,
      alive: branch.process?.alive ?? child === undefined,
      restarts: branch.restarts,
      childState: child?.state ?? null,
      childSpec: child?.spec ? specAnswer(child.spec) : null,
      answers: branch.silent ? false : supervisor ? true : null,
      restartLimit: supervisor ? this.restartLimit(supervisor) : null,
      children,
    };
  }

  restartLimit({ intensity, period, restarts }: SupervisorState): RestartLimit {
    const since = this.#recording.now() - BigInt(period ?? 0) * 1_000_000_000n;
    return {
      max: intensity,
      seconds: period,
      recent: restarts.filter((at) => at > since).length,
      times: restarts.slice(-TIMES_TOLD).map((at) => this.#clock.t(at)),
    };
  }
}

/** What of the top of the tree is on one node; a group that is of several is parted. */
function ofNode(branches: readonly Branch[], isMeant: (node: number) => boolean): readonly Branch[] {
  return branches.flatMap((branch) => {
    if (branch.type !== "group") return isMeant(branch.node ?? NONE) ? [branch] : [];
    const children = branch.children.filter(({ process }) => process && isMeant(process.node));
    return children.length === 0 ? [] : [{ ...branch, children }];
  });
}

const nodeRoot = (name: string, children: readonly TreeNode[]): TreeNode => ({
  key: `node:${name}`,
  type: "node",
  childId: null,
  label: name,
  process: null,
  strategy: "",
  alive: children.length > 0,
  restarts: 0,
  childState: null,
  childSpec: null,
  answers: null,
  restartLimit: null,
  children,
});

export function specAnswer({ restart, shutdown, modules, significant, start }: ChildSpec): ChildSpecAnswer {
  return {
    restart,
    shutdown,
    modules: modules === "dynamic" ? modules : modules.map(atomText),
    significant,
    // 255 prints as an arity that is not known.
    start: start ? mfaText(start.module, start.function, start.arity ?? 255) : null,
  };
}
