import { ElixirScopeError } from "../model/index.ts";
import type { NodeLink, Tracing } from "./node-link.ts";

/** The nodes of one recording: one link for each name. */
export class NodeLinks {
  #all: readonly NodeLink[] = [];
  /** Those that are being attached to for the first time. */
  readonly #coming = new Set<NodeLink>();
  /** What was asked for of all of them last; nodes that come later have it too. */
  tracing: Tracing | undefined;

  /** Those that were let go as well. */
  get all(): readonly NodeLink[] {
    return this.#all;
  }

  get attached(): readonly NodeLink[] {
    return this.#all.filter((link) => link.attached);
  }

  get(name: string): NodeLink | undefined {
    return this.#all.find((link) => link.name === name);
  }

  /** Attaches for the first time; who lets go of all nodes meanwhile lets go of it, too. @throws what {@link NodeLink.attach} throws */
  async attach(link: NodeLink): Promise<void> {
    this.#coming.add(link);
    try {
      await link.attach();
    } finally {
      this.#coming.delete(link);
    }
    await this.put(link);
  }

  /** In place of the one that had its name, which is let go. */
  async put(link: NodeLink): Promise<void> {
    const before = this.get(link.name);
    this.#all = before ? this.#all.map((one) => (one === before ? link : one)) : [...this.#all, link];
    if (before && before !== link) await before.detach();
  }

  /** The node that a question is for: the one that is named, else the only one. @throws ElixirScopeError as {@link some}, `ENGINE_SEVERAL_NODES` */
  one(name: string | undefined): NodeLink {
    const links = this.some(name);
    if (links.length === 1) return links[0]!;
    throw new ElixirScopeError(
      "ENGINE_SEVERAL_NODES",
      `Several nodes are attached; say which one is meant (--node NAME, or node): ${namesOf(links)}.`,
    );
  }

  /** Those that something is for: the one that is named, else all. @throws ElixirScopeError `ENGINE_NOT_CONNECTED`, `ENGINE_NO_SUCH_NODE` */
  some(name: string | undefined): readonly NodeLink[] {
    const { attached } = this;
    if (attached.length === 0) throw notConnected();
    if (name === undefined) return attached;
    const named = attached.filter((link) => isCalled(link, name));
    if (named.length > 0) return named;
    throw new ElixirScopeError(
      "ENGINE_NO_SUCH_NODE",
      `${name} is not attached. Nodes that are: ${namesOf(attached)}.`,
    );
  }

  /**
   * Changes what is traced of one node, or of all. Of several, some may refuse: they go on as before and say so in their status.
   * @throws what {@link NodeLink.trace} throws, where none of them takes it
   */
  async trace(name: string | undefined, tracing: Tracing): Promise<void> {
    const links = this.some(name);
    // One that is out of reach has it when it is back.
    if (name === undefined) for (const link of this.#all) if (!link.attached) link.traceLater(tracing);
    const done = await Promise.allSettled(links.map((link) => link.trace(tracing)));
    if (name === undefined) this.tracing = tracing;
    const refused = done.filter((one): one is PromiseRejectedResult => one.status === "rejected");
    if (refused[0] && refused.length === done.length) throw refused[0].reason;
  }

  /** Lets go of one, or of all. @throws ElixirScopeError `ENGINE_NO_SUCH_NODE` */
  async detach(name: string | undefined): Promise<void> {
    const links = [...this.#all, ...this.#coming].filter(
      (link) => name === undefined || isCalled(link, name),
    );
    if (name !== undefined && links.length === 0) {
      throw new ElixirScopeError(
        "ENGINE_NO_SUCH_NODE",
        `${name} is not attached. Nodes that are: ${namesOf(this.#all)}.`,
      );
    }
    await Promise.all(links.map((link) => link.detach()));
  }
}

/** `a` will do for `a@127.0.0.1`. */
const isCalled = (link: NodeLink, name: string): boolean =>
  link.name === name || (!name.includes("@") && link.name.split("@")[0] === name);

const namesOf = (links: readonly NodeLink[]): string => links.map(({ name }) => name).join(", ") || "none";

const notConnected = (): ElixirScopeError =>
  new ElixirScopeError("ENGINE_NOT_CONNECTED", "No node is attached. Attach first: elixirscope attach NODE.");
