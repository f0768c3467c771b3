/** Not `slice`: of a Node Buffer that is another view. */
export const copyOf = (view: Uint8Array): Uint8Array => new Uint8Array(view);

const TUPLE_4 = [104, 4] as const;
const BINARY_EXT = 109;

/** The binary of `{es_batch, Seq, Count, Binary}`, found from both ends; `undefined` for any other message. */
export function batchBytes(payload: Uint8Array): Uint8Array | undefined {
  if (payload[0] !== TUPLE_4[0] || payload[1] !== TUPLE_4[1]) return undefined;
  let at = 2;
  at = skipSmall(payload, at);
  at = skipSmall(payload, at);
  at = skipSmall(payload, at);
  if (at < 0 || payload[at] !== BINARY_EXT) return undefined;
  return payload.subarray(at + 5);
}

/** Behind an atom or an integer of up to eight bytes at `at`; -1 for anything else. */
function skipSmall(bytes: Uint8Array, at: number): number {
  switch (at < 0 ? -1 : bytes[at]) {
    case 97: // small integer
    case 82: // atom of the connection's cache
      return at + 2;
    case 98: // integer
      return at + 5;
    case 110: // small big
      return at + 3 + bytes[at + 1]!;
    case 115: // small atom
    case 119:
      return at + 2 + bytes[at + 1]!;
    case 100: // atom
    case 118:
      return at + 3 + bytes[at + 1]! * 256 + bytes[at + 2]!;
    default:
      return -1;
  }
}
