/** Events a second over the last second, from totals taken now and then. */
export class RateMeter {
  #samples: { readonly at: number; readonly total: number }[] = [];

  add(total: number): void {
    const at = performance.now();
    this.#samples.push({ at, total });
    while (this.#samples.length > 2 && at - this.#samples[0]!.at > 1_000) this.#samples.shift();
  }

  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return Math.round(((last.total - first.total) / (last.at - first.at)) * 1_000);
  }

  /** Did anything come since the sample before the last, or does the rate still fall to zero? */
  get moving(): boolean {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    return first !== undefined && last !== undefined && last.total !== first.total;
  }
}
