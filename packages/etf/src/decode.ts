import { uint32 } from "./bytes.ts";
import { type DecodeOptions, Decoder } from "./decoder.ts";
import { EtfError, invalid, tooLarge, truncated } from "./errors.ts";
import { inflate } from "./inflate.ts";
import { DEFAULT_MAX_INFLATED_BYTES } from "./limits.ts";
import { COMPRESSED, LOCAL_EXT, VERSION } from "./tags.ts";
import { LocalTerm, type Term } from "./terms.ts";

/** What may only stand at the outermost level: compressed and node-local terms. */
function outermost(
  bytes: Uint8Array,
  offset: number,
  options: DecodeOptions | undefined,
): { term: Term; end: number } {
  const tag = bytes[offset];
  if (tag === LOCAL_EXT) return { term: new LocalTerm(bytes.subarray(offset + 1)), end: bytes.length };
  if (tag === COMPRESSED) return compressed(bytes, offset, options);
  const decoder = new Decoder(bytes, offset, options);
  const term = decoder.term(0);
  return { term, end: decoder.at };
}

function compressed(
  bytes: Uint8Array,
  offset: number,
  options: DecodeOptions | undefined,
): { term: Term; end: number } {
  if (offset + 5 > bytes.length) throw truncated(offset, COMPRESSED);
  const size = uint32(bytes, offset + 1);
  const limit = options?.maxInflatedBytes ?? DEFAULT_MAX_INFLATED_BYTES;
  if (size > limit) {
    throw tooLarge(
      offset,
      `The compressed term at byte ${offset} claims ${size} bytes; maxInflatedBytes is ${limit}`,
      COMPRESSED,
    );
  }
  const { data, end } = inflate(bytes, offset + 5, size);
  if (data.length !== size) {
    throw invalid(offset, `a compressed term of ${data.length} bytes that claims ${size}`, COMPRESSED);
  }
  const decoder = new Decoder(data, 0, options);
  let term: Term;
  try {
    term = decoder.term(0);
  } catch (cause) {
    if (!(cause instanceof EtfError)) throw cause;
    // Offsets inside inflated data mean nothing to the caller.
    throw new EtfError(
      cause.code,
      `In the compressed term at byte ${offset}: ${cause.message}`,
      { offset, tag: COMPRESSED },
      cause,
    );
  }
  if (decoder.at !== size) throw invalid(offset, "more than one term in a compressed term", COMPRESSED);
  return { term, end };
}

/**
 * The term (without version byte) that starts at `offset`, and the offset just behind it. Binaries, bitstrings and funs are views of
 * `bytes`, not copies: they change with it and keep it alive.
 *
 * @throws EtfError ETF_TRUNCATED, ETF_BAD_TAG, ETF_TOO_DEEP, ETF_TOO_LARGE, ETF_INVALID
 */
export function decodeTerm(
  bytes: Uint8Array,
  offset: number,
  options?: DecodeOptions,
): { term: Term; end: number } {
  try {
    return outermost(bytes, offset, options);
  } catch (cause) {
    // A maxDepth above what this thread's stack holds.
    if (cause instanceof RangeError)
      throw new EtfError(
        "ETF_TOO_DEEP",
        `The term at byte ${offset} nests deeper than the call stack holds; lower maxDepth`,
        { offset },
        cause,
      );
    throw cause;
  }
}

/**
 * What `term_to_binary` wrote: version byte 131 and one term. Binaries, bitstrings and funs are views of `bytes`, not copies.
 *
 * @throws EtfError ETF_TRAILING where bytes are left over, and what {@link decodeTerm} throws
 */
export function decode(bytes: Uint8Array, options?: DecodeOptions): Term {
  if (bytes.length === 0) throw truncated(0);
  if (bytes[0] !== VERSION) throw invalid(0, `version byte ${bytes[0]} instead of ${VERSION}`);
  const { term, end } = decodeTerm(bytes, 1, options);
  if (end !== bytes.length) {
    throw new EtfError(
      "ETF_TRAILING",
      `${bytes.length - end} bytes are left over behind the term that ends at byte ${end}`,
      { offset: end },
    );
  }
  return term;
}
