/** A key that did not occur before, though enough was seen to expect it by now. */
export interface Novelty {
  readonly key: string;
  readonly count: number;
  /** Chance of the next thing to be one that was never seen (Good and Turing): how often something new came until then. */
  readonly chance: number;
}

/** So much has to have been seen before anything is new. */
const SEEN = 200;
/** Where new things come more often than this, they are nothing special. */
const USUAL = 0.002;

/** What occurs in `watched` and not in `learned`: a message, a caller, a reason that is new. Counts by key. */
export function noveltiesOf(
  learned: ReadonlyMap<string, number>,
  watched: ReadonlyMap<string, number>,
): readonly Novelty[] {
  let seen = 0;
  let once = 0;
  for (const count of learned.values()) {
    seen += count;
    if (count === 1) once++;
  }
  const chance = (once + 0.5) / Math.max(1, seen);
  if (seen < SEEN || chance > USUAL) return [];
  return [...watched]
    .filter(([key, count]) => count > 0 && !learned.has(key))
    .map(([key, count]) => ({ key, count, chance }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}
