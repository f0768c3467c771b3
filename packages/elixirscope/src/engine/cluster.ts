import type { NodeLink } from "./node-link.ts";
import type { NodeLinks } from "./node-links.ts";

/** A node that is out of reach, and that no other one sees, is waited for so long. */
const GONE_MS = 600_000;

/**
 * Attaches to the nodes that the attached ones are connected to, as they come. One that refuses or cannot be reached says so in
 * its status and is tried again; one that was let go stays so.
 */
export class Cluster {
  readonly #links: NodeLinks;
  readonly #linkTo: (name: string) => NodeLink;
  #seen: ReadonlySet<string> = new Set();
  readonly #unseenSince = new Map<string, number>();

  constructor(links: NodeLinks, linkTo: (name: string) => NodeLink) {
    this.#links = links;
    this.#linkTo = linkTo;
  }

  /** Settles when each of those that are new was tried once. */
  async join(): Promise<void> {
    const before = this.#seen;
    const { attached } = this.#links;
    this.#seen = new Set(attached.flatMap(({ peers }) => peers));
    await Promise.all(
      [...this.#seen].map(async (name) => {
        const known = this.#links.get(name);
        if (known) {
          // Connected to again: whatever kept us out may be another one now.
          if (!before.has(name)) known.retryNow();
          return;
        }
        const link = this.#linkTo(name);
        await this.#links.put(link);
        await link.join();
      }),
    );
    if (attached.length > 0) await this.#letGo();
  }

  async #letGo(): Promise<void> {
    for (const link of this.#links.all) {
      if (!link.isLost || this.#seen.has(link.name)) {
        this.#unseenSince.delete(link.name);
        continue;
      }
      const since = this.#unseenSince.get(link.name) ?? performance.now();
      this.#unseenSince.set(link.name, since);
      if (performance.now() - since > GONE_MS) await link.detach("it is gone, and no other node sees it");
    }
  }
}
