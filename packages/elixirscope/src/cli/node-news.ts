import type { Status } from "../protocol/index.ts";
import { formatNs } from "./format.ts";

/** What is new about the nodes since it was asked last, for a person: each thing once. */
export class NodeNews {
  readonly #said = new Map<string, string>();
  #splits = new Set<string>();

  of({ nodes, splits }: Pick<Status, "nodes" | "splits">): readonly string[] {
    const lines: string[] = [];
    for (const { name, state, reason } of nodes) {
      const before = this.#said.get(name);
      this.#said.set(name, state);
      if (state === before) continue;
      if (state === "connected" && before !== undefined) lines.push(`${name}: connected.`);
      else if (state !== "connected" && state !== "connecting") lines.push(`${name}: ${state}. ${reason}`);
    }
    const now = new Set<string>();
    for (const { nodes: pair, from, to } of splits) {
      const key = `${pair.join()} ${from} ${to === null}`;
      now.add(key);
      if (this.#splits.has(key)) continue;
      const both = pair.join(" and ");
      lines.push(
        to === null
          ? `${both} do not see each other any more.`
          : `${both} see each other again, after ${formatNs(to - from)}.`,
      );
    }
    this.#splits = now;
    return lines;
  }
}
