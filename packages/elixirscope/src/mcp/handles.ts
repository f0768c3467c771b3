/** So many characters of answers are kept; the oldest go first. */
const MOST_CHARACTERS = 20_000_000;

/** Long answers, kept for a while so that the rest of them can be asked for. */
export class Handles {
  private readonly kept = new Map<string, { readonly value: unknown; readonly characters: number }>();
  private characters = 0;
  private next = 1;

  /** @returns its handle, such as `a-12` */
  keep(value: unknown): string {
    const handle = `a-${this.next++}`;
    const characters = JSON.stringify(value).length;
    this.kept.set(handle, { value, characters });
    this.characters += characters;
    for (const [oldest, entry] of this.kept) {
      if (this.characters <= MOST_CHARACTERS || oldest === handle) break;
      this.kept.delete(oldest);
      this.characters -= entry.characters;
    }
    return handle;
  }

  /** @returns undefined where it is unknown, or was long ago */
  find(handle: string): { readonly value: unknown } | undefined {
    return this.kept.get(handle);
  }
}
