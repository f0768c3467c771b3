import type { Cluster } from "./cluster.ts";
import type { NodeLinks } from "./node-links.ts";

const EVERY_MS = 1_000;

/** Looks at each attached node once a second: its clock, and whom it is connected to. */
export class NodeWatch {
  readonly #links: NodeLinks;
  readonly #timer: NodeJS.Timeout;
  #looking = false;
  /** Follows what the nodes are connected to; none where that was not asked for. */
  cluster: Cluster | undefined;

  constructor(links: NodeLinks) {
    this.#links = links;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.cluster = undefined;
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    // One after the other: what they answer at the same time would wait for each other here. Of no consequence: it is gone, or busy.
    for (const link of this.#links.attached) await link.look().catch(() => undefined);
    this.#looking = false;
    void this.cluster?.join();
  }
}
