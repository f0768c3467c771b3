/**
 * The socket under a connection: handshake first, frames after it, ticks, counters, back-pressure both ways, one reason for its end.
 */

import type { Duplex } from "node:stream";
import { Encoder, type Term } from "@elixirscope/etf";
import { DistError } from "./errors.ts";
import { DFLAG_DIST_HDR_ATOM_CACHE } from "./flags.ts";
import { FrameReader } from "./frame-reader.ts";
import type { Handshake, Peer } from "./handshake.ts";
import { openStream, type StreamOptions } from "./stream.ts";
import { type CloseReason, closedError, handshakeError, tlsError, unreachable } from "./wire-errors.ts";

export interface WireOptions extends StreamOptions {
  /** Name of the peer, for messages. */
  readonly node: string;
  readonly handshake: Handshake;
  /** The flags we set in it. */
  readonly flags: bigint;
  /** We send something at least this often; the peer may be silent for twelve times as long. Milliseconds. */
  readonly tickMs: number;
  readonly maxMessageBytes: number;
}

export interface WireHandlers {
  /** A frame that is no tick; the view is valid only during the call. What it throws ends the connection. */
  frame(frame: Uint8Array): void;
  closed(reason: CloseReason): void;
  /** The peer was silent for long: ask it something. How often it ticks is its own business, so that silence alone proves nothing. */
  probe(): void;
}

const TICK = new Uint8Array(4);
/** A peer from which nothing came during so many ticks is gone; half way there it is asked for a sign of life. */
const SILENT_TICKS = 12;
const PASS_THROUGH = 112;
const KEEP_ENCODER_BYTES = 1024 * 1024;
const LINGER_MS = 1_000;
const DISTRIBUTION_HEADER = 68;

export class Wire {
  readonly #socket: Duplex;
  readonly #reader: FrameReader;
  readonly #options: WireOptions;
  #encoder = new Encoder();
  #handlers: WireHandlers | undefined;
  #established: ((peer: Peer) => void) | undefined;
  #failed: ((error: DistError) => void) | undefined;
  #closed: CloseReason | undefined;
  #withHeader = false;
  #paused = false;
  #ticker: NodeJS.Timeout | undefined;
  #silentTicks = 0;
  #receivedAtTick = 0;
  #sentAtTick = 0;
  #drained: Promise<void> | undefined;
  #connected = false;
  #shaken = false;
  bytesReceived = 0;
  bytesSent = 0;

  private constructor(options: WireOptions) {
    this.#options = options;
    this.#reader = new FrameReader((frame) => this.#handshakeFrame(frame), options.maxMessageBytes);
    // Over TLS (inet_tls_dist) the frames of the handshake have the long header, too.
    if (options.tls) this.#reader.headerBytes = 4;
    const intake = {
      space: () => this.#reader.space(),
      filled: (count: number, space: Uint8Array) =>
        this.#read(count, () => this.#reader.filled(count, space)),
      chunk: (bytes: Uint8Array) => void this.#read(bytes.length, () => this.#reader.push(bytes)),
    };
    this.#socket = openStream(options, intake, () => {
      this.#connected = true;
      this.#writeHandshake(options.handshake.start());
    });
    // With an `onread` buffer nothing flows but the end.
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("error", (error) => this.#socketError(error));
    this.#socket.on("close", () => this.#ended());
  }

  /** Connects and shakes hands. The caller must {@link attach} in the same turn in which the promise settles. */
  static open(options: WireOptions, signal: AbortSignal): Promise<{ wire: Wire; peer: Peer }> {
    return new Promise((resolve, reject) => {
      const wire = new Wire(options);
      const abort = (): void => wire.#fail(signal.reason as DistError);
      wire.#established = (peer) => {
        signal.removeEventListener("abort", abort);
        resolve({ wire, peer });
      };
      wire.#failed = (error) => {
        signal.removeEventListener("abort", abort);
        reject(error);
      };
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
    });
  }

  /** From now on `handlers` get what comes, including what has come already. */
  attach(handlers: WireHandlers): void {
    this.#handlers = handlers;
    this.#ticker = setInterval(() => this.#tick(), this.#options.tickMs);
    const closed = this.#closed;
    if (closed) handlers.closed(closed);
    else this.resumeReading();
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** @throws DistError DIST_CLOSED */
  requireOpen(): void {
    if (this.#closed) throw this.closedError();
  }

  /** DIST_CLOSED, with why. */
  closedError(): DistError {
    return closedError(this.#options.node, this.#closed);
  }

  /**
   * Sends a control message with or without payload. `false`: it is queued, but what is queued has passed the socket's high-water mark.
   * @throws DistError DIST_CLOSED; EtfError for terms that cannot be encoded (nothing is sent then)
   */
  write(control: Term, payload?: Term): boolean {
    this.requireOpen();
    const encoder = this.#encoder;
    encoder.reset();
    encoder.uint32(0);
    if (this.#withHeader) {
      encoder.version().byte(DISTRIBUTION_HEADER).byte(0).term(control);
      if (payload !== undefined) encoder.term(payload);
    } else {
      encoder.byte(PASS_THROUGH).version().term(control);
      if (payload !== undefined) encoder.version().term(payload);
    }
    const frame = encoder.toBytes();
    new DataView(frame.buffer).setUint32(0, frame.length - 4);
    // The encoder keeps its buffer, which should not stay that large for one large message.
    if (frame.length > KEEP_ENCODER_BYTES) this.#encoder = new Encoder();
    return this.#send(frame);
  }

  /** Resolves when all that is queued for the peer is below the high-water mark again (or the connection is closed). */
  drained(): Promise<void> {
    if (this.#closed || !this.#socket.writableNeedDrain) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#drained = undefined;
        this.#socket.off("drain", done).off("close", done);
        resolve();
      };
      this.#socket.on("drain", done).on("close", done);
    });
    return this.#drained;
  }

  pauseReading(): void {
    this.#paused = true;
    this.#reader.pause();
    this.#socket.pause();
  }

  resumeReading(): void {
    if (this.#closed) return;
    this.#paused = false;
    this.#guard(() => this.#reader.resume());
    // A handler may have paused again on a frame that had arrived before.
    if (!this.#paused && !this.#closed) this.#socket.resume();
  }

  /** Sends what is queued, then hangs up. */
  close(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once("close", () => resolve());
    });
    if (this.#closed === undefined) {
      this.#end({ cause: "closed_by_us", message: "The connection was closed by us" }, false);
    }
    return gone;
  }

  #read(count: number, take: () => void): boolean {
    this.bytesReceived += count;
    this.#guard(take);
    return !this.#paused && !this.#closed;
  }

  /** What a frame's handler throws ends the connection: after a frame that was not understood nothing behind it can be trusted. */
  #guard(deliver: () => void): void {
    try {
      deliver();
    } catch (error) {
      this.#protocolError(error as Error);
    }
  }

  #handshakeFrame(frame: Uint8Array): void {
    if (this.#shaken) {
      this.#frame(frame);
      return;
    }
    const step = this.#options.handshake.receive(frame);
    if (step.kind === "send") this.#writeHandshake(step.frame);
    if (step.kind !== "done") return;
    this.#shaken = true;
    this.#reader.headerBytes = 4;
    this.#withHeader = (step.peer.flags & this.#options.flags & DFLAG_DIST_HDR_ATOM_CACHE) !== 0n;
    // Messages may be right behind; they wait until somebody is there to get them.
    this.pauseReading();
    const established = this.#established;
    this.#established = undefined;
    this.#failed = undefined;
    established?.(step.peer);
  }

  #frame(frame: Uint8Array): void {
    if (frame.length > 0 && !this.#closed) this.#handlers?.frame(frame);
  }

  #writeHandshake(frame: Uint8Array): void {
    const width = this.#reader.headerBytes;
    const head = Buffer.alloc(width);
    head.writeUIntBE(frame.length, 0, width);
    this.#send(Buffer.concat([head, frame]));
  }

  #send(bytes: Uint8Array): boolean {
    this.bytesSent += bytes.length;
    return this.#socket.write(bytes);
  }

  #tick(): void {
    // A paused reader hears nothing, which says nothing about the peer.
    if (this.#paused || this.bytesReceived !== this.#receivedAtTick) this.#silentTicks = 0;
    else this.#silentTicks += 1;
    this.#receivedAtTick = this.bytesReceived;
    if (this.#silentTicks >= SILENT_TICKS) {
      const seconds = (SILENT_TICKS * this.#options.tickMs) / 1000;
      this.#end(
        { cause: "tick_timeout", message: `${this.#options.node} was silent for ${seconds} s` },
        true,
      );
      return;
    }
    if (this.#silentTicks === SILENT_TICKS / 2) this.#handlers?.probe();
    if (this.bytesSent === this.#sentAtTick) this.#send(TICK);
    this.#sentAtTick = this.bytesSent;
  }

  #ended(): void {
    this.#fail(this.#options.handshake.closed());
    this.#end({ cause: "closed_by_peer", message: `${this.#options.node} closed the connection` }, true);
  }

  #socketError(error: Error): void {
    this.#fail(
      tlsError(this.#options, error) ??
        (this.#connected ? this.#options.handshake.closed() : unreachable(this.#options, error)),
    );
    this.#end(
      {
        cause: "socket_error",
        message: `The connection to ${this.#options.node} broke: ${error.message}`,
        error,
      },
      true,
    );
  }

  #protocolError(error: Error): void {
    if (error instanceof DistError) this.#fail(handshakeError(error, this.#options));
    const { node } = this.#options;
    this.#end(
      { cause: "protocol_error", message: `${node} sent what we do not understand: ${error.message}`, error },
      true,
    );
  }

  /** Fails the connect, if that is still under way. */
  #fail(error: DistError): void {
    const failed = this.#failed;
    this.#failed = undefined;
    this.#established = undefined;
    if (!failed) return;
    this.#socket.destroy();
    failed(error);
  }

  #end(reason: CloseReason, now: boolean): void {
    if (this.#closed) return;
    this.#closed = reason;
    clearInterval(this.#ticker);
    this.#reader.pause();
    if (now) this.#socket.destroy();
    else {
      this.#socket.end(() => this.#socket.destroy());
      // A peer that does not read must not keep us.
      const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS);
      this.#socket.once("close", () => clearTimeout(timer));
    }
    this.#handlers?.closed(reason);
  }
}
