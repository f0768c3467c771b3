/** Longer topics are compared by their beginnings. */
const COMPARED = 200;

/**
 * How many letters have to be changed, added, left away or exchanged with their neighbour to make `b` of `a`
 * (optimal string alignment): a slip of the fingers is 1.
 */
function topicDistance(a: string, b: string): number {
  const left = a.slice(0, COMPARED);
  const right = b.slice(0, COMPARED);
  let before: number[] = [];
  let row = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[right.length]!;
}

/** The topic that was probably meant: the nearest one, if it is near at all (a third of its letters, at least two). */
export function nearestTopic(topic: string, topics: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(topic.length / 3)) + 1;
  for (const candidate of topics) {
    if (candidate === topic || Math.abs(candidate.length - topic.length) >= least) continue;
    const distance = topicDistance(topic, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}
