/** A sorted copy: rows as dictionaries number them. */
export function byIndex<T extends { readonly index: number }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => a.index - b.index);
}
