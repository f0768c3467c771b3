/**
 * Blobs used last, up to a number of bytes, in two generations: what is not used while one fills up goes with it. To take out the
 * oldest one by one costs more the more there are: a Map looks past all that was deleted before it comes to the first.
 */
export class BlobCache {
  readonly #generationBytes: number;
  #young = new Map<number, Uint8Array>();
  #old: ReadonlyMap<number, Uint8Array> = new Map();
  /** Of the young. */
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#generationBytes = maxBytes / 2;
  }

  get(key: number): Uint8Array | undefined {
    const young = this.#young.get(key);
    if (young) return young;
    const old = this.#old.get(key);
    if (old) this.set(key, old);
    return old;
  }

  /** One that takes more room than a generation has is not kept. */
  set(key: number, blob: Uint8Array): void {
    const { byteLength } = blob;
    if (byteLength > this.#generationBytes) return;
    this.#bytes += byteLength - (this.#young.get(key)?.byteLength ?? 0);
    if (this.#bytes > this.#generationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = byteLength;
    }
    this.#young.set(key, blob);
  }
}
