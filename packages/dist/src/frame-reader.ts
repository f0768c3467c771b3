/**
 * Cuts the byte stream into frames: a big-endian length (2 bytes during the handshake, 4 after it) and that many bytes.
 *
 * The socket reads straight into our buffer ({@link FrameReader.space}, {@link FrameReader.filled}), and a frame is handed out as a
 * view of it: no copy at all, except that the begun frame at the buffer's end moves to its front when room runs out (which for a buffer
 * much larger than a frame is a small part of the bytes, and never more than all of them once). The buffer grows with what has arrived,
 * never with what a length claims.
 */
import { DistError } from "./errors.ts";

/** Several frames of the usual size (batches of up to 500 KB), so that few bytes have to move. */
const BUFFER_BYTES = 2 * 1024 * 1024;
/** Below this much room a read is not worth its system call. */
const MIN_SPACE = 64 * 1024;
/** After a giant frame the buffer goes back to its size. */
const SHRINK_ABOVE = 8 * BUFFER_BYTES;

export class FrameReader {
  /** Width of the length. The handler of a frame may change it for the frames behind. */
  headerBytes: 2 | 4 = 2;
  readonly #onFrame: (frame: Uint8Array) => void;
  readonly #maxFrameBytes: number;
  // A plain Uint8Array: of a Buffer, slice() would be no copy but one more view, and who keeps bytes would lose them.
  #buffer: Uint8Array;
  #start = 0;
  #end = 0;
  #paused = false;
  #cutting = false;

  /**
   * @param onFrame gets each frame without its length (empty: a tick); the view is valid only during the call.
   * @param maxFrameBytes longest frame taken
   */
  constructor(
    onFrame: (frame: Uint8Array) => void,
    maxFrameBytes: number,
    bufferBytes: number = BUFFER_BYTES,
  ) {
    this.#onFrame = onFrame;
    this.#maxFrameBytes = maxFrameBytes;
    this.#buffer = allocate(bufferBytes);
  }

  /** Where the next bytes of the stream are to be put; then call {@link filled}. Never empty. */
  space(): Uint8Array {
    if (this.#buffer.length - this.#end < MIN_SPACE) this.#makeRoom();
    return this.#buffer.subarray(this.#end);
  }

  /**
   * `count` bytes were put at the beginning of `space`, which an earlier {@link space} gave; frames handed out or a {@link resume}
   * in between may have moved the place where they belong.
   * @throws DistError DIST_PROTOCOL for a length above the limit
   */
  filled(count: number, space: Uint8Array): void {
    const inPlace =
      space.buffer === this.#buffer.buffer && space.byteOffset === this.#buffer.byteOffset + this.#end;
    if (!inPlace) {
      while (this.#buffer.length - this.#end < count) this.#makeRoom();
      this.#buffer.set(space.subarray(0, count), this.#end);
    }
    this.#end += count;
    this.#cut();
  }

  /** Takes a copy of `chunk`, whatever its size. */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const space = this.space();
      const part = chunk.subarray(at, at + space.length);
      space.set(part);
      at += part.length;
      this.filled(part.length, space);
    }
  }

  /** Stops handing out frames, also those that have arrived already. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#cut();
  }

  #cut(): void {
    // A handler that pauses and resumes must not start a second loop inside this one.
    if (this.#cutting) return;
    this.#cutting = true;
    try {
      while (!this.#paused && this.#next());
    } finally {
      this.#cutting = false;
    }
    if (this.#start === this.#end) this.#reset();
  }

  #next(): boolean {
    const body = this.#start + this.headerBytes;
    if (body > this.#end) return false;
    const length = this.#length();
    if (length > this.#maxFrameBytes) throw tooLong(length, this.#maxFrameBytes);
    if (body + length > this.#end) return false;
    // Before the call: a handler that throws must not get the same frame again.
    this.#start = body + length;
    this.#onFrame(this.#buffer.subarray(body, body + length));
    return true;
  }

  /** Big-endian, {@link headerBytes} wide. */
  #length(): number {
    let length = 0;
    for (let i = 0; i < this.headerBytes; i++) length = length * 256 + (this.#buffer[this.#start + i] ?? 0);
    return length;
  }

  #makeRoom(): void {
    const used = this.#end - this.#start;
    const room =
      used + MIN_SPACE > this.#buffer.length / 2 ? allocate(this.#buffer.length * 2) : this.#buffer;
    room.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = room;
    this.#start = 0;
    this.#end = used;
  }

  #reset(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > SHRINK_ABOVE) this.#buffer = allocate(BUFFER_BYTES);
  }
}

/** Memory that is not cleared first. */
const allocate = (bytes: number): Uint8Array => new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);

function tooLong(length: number, limit: number): DistError {
  return new DistError(
    "DIST_PROTOCOL",
    `A frame claims ${length} bytes and the limit is ${limit}: either this is no Erlang node, or a message is far too large`,
    { length, limit },
  );
}
