import type { NodeLink } from "./node-link.ts";

/** How often is looked whether it is time, and the longest from one inventory to the next. */
const LOOK_MS = 1_000;
const LONGEST_MS = 300_000;
/** The distance grows with the time that a node has been attached: a quarter of it. */
const SHARE = 4;

/**
 * Asks each node for an inventory every now and then, so that a recording shows how its tables, ports, atoms and binaries
 * became more: each second at first, each five minutes after twenty.
 */
export class InventoryClock {
  readonly #links: () => readonly NodeLink[];
  readonly #timer: NodeJS.Timeout;
  readonly #attached = new WeakMap<NodeLink, { readonly since: number; last: number }>();

  constructor(links: () => readonly NodeLink[]) {
    this.#links = links;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    for (const link of this.#links()) {
      if (!link.attached) {
        this.#attached.delete(link);
        continue;
      }
      const known = this.#attached.get(link) ?? { since: now, last: now - LOOK_MS };
      this.#attached.set(link, known);
      const due = Math.min(LONGEST_MS, Math.max(LOOK_MS, (now - known.since) / SHARE));
      // A timer is early at times.
      if (now - known.last < due - LOOK_MS / 10) continue;
      known.last = now;
      // Of no consequence: the node is gone, or busy.
      void link.inventory().catch(() => undefined);
    }
  }
}
