import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import type { NodeLink } from "./node-link.ts";
import type { NodeLinks } from "./node-links.ts";

const EVERY_MS = 1_000;

/** Looks at each attached node once a second: its clock, and whom it is connected to. */
export class NodeWatch {
  readonly #links: NodeLinks;
  readonly #timer: NodeJS.Timeout;
  readonly #looking = new Set<NodeLink>();
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

  /** One look at a time: it may be gone, or busy. */
  async #lookAt(link: NodeLink): Promise<void> {
    if (this.#looking.has(link)) return;
    this.#looking.add(link);
    await link.look().catch(() => undefined);
    this.#looking.delete(link);
  }

  async #look(): Promise<void> {
    const looks = this.#links.attached.map((link) => this.#lookAt(link));
    await Promise.race([Promise.all(looks), delay(EVERY_MS, undefined, { ref: false })]);
    await this.cluster?.join();
  }
}
