/** Least recently used blobs up to a number of bytes. */
export class BlobCache {
  readonly #maxBytes: number;
  // A Map iterates in the order of insertion: the first key is the one not used for longest.
  readonly #blobs = new Map<number, Uint8Array>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: number): Uint8Array | undefined {
    const blob = this.#blobs.get(key);
    if (!blob) return undefined;
    this.#blobs.delete(key);
    this.#blobs.set(key, blob);
    return blob;
  }

  set(key: number, blob: Uint8Array): void {
    this.#bytes += blob.byteLength - (this.#blobs.get(key)?.byteLength ?? 0);
    this.#blobs.delete(key);
    this.#blobs.set(key, blob);
    for (const [oldest, { byteLength }] of this.#blobs) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#blobs.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
