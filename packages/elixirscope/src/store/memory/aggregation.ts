import type { EventBatch } from "../../model/index.ts";
import type { AggregateQuery, AggregateRow } from "../aggregate.ts";
import type { RowMatch } from "./row-match.ts";

interface Group {
  readonly key: readonly number[];
  readonly bucket: number;
  readonly sizes: number[];
}

/** Puts the rows of batches into groups. */
export class Aggregation {
  readonly #query: AggregateQuery;
  readonly #groups = new Map<string, Group>();

  constructor(query: AggregateQuery) {
    this.#query = query;
  }

  add(batch: EventBatch, match: RowMatch): void {
    const { by, every } = this.#query;
    for (let row = 0; row < batch.count; row++) {
      if (!match(batch, row)) continue;
      const key = by.map((column) => (column === "node" ? batch.node : batch[column][row]!));
      const bucket = every ? stretchOf(batch.ts[row]! - every.origin, every.ns) : 0;
      const text = `${key.join(" ")} ${bucket}`;
      const group = this.#groups.get(text) ?? { key, bucket, sizes: [] };
      this.#groups.set(text, group);
      group.sizes.push(batch.length[row]!);
    }
  }

  rows(): readonly AggregateRow[] {
    const { limit, percentiles = false } = this.#query;
    const rows = [...this.#groups.values()].map((group) => rowOf(group, percentiles));
    return rows.sort(inOrder).slice(0, limit);
  }
}

/** Rounded down, also before the origin. */
const stretchOf = (since: bigint, ns: bigint): number => Number((since < 0n ? since - ns + 1n : since) / ns);

function rowOf({ key, bucket, sizes }: Group, percentiles: boolean): AggregateRow {
  sizes.sort((a, b) => a - b);
  const at = (share: number): number => sizes[Math.ceil((share * sizes.length) / 100) - 1]!;
  return {
    key,
    bucket,
    count: sizes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    least: sizes[0]!,
    most: sizes.at(-1)!,
    ...(percentiles ? { percentiles: [at(50), at(95), at(99)] } : {}),
  };
}

function inOrder(a: AggregateRow, b: AggregateRow): number {
  if (a.count !== b.count) return b.count - a.count;
  for (const [i, part] of a.key.entries()) if (part !== b.key[i]) return part - b.key[i]!;
  return a.bucket - b.bucket;
}
