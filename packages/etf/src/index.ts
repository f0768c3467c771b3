export { decode, decodeTerm } from "./decode.ts";
export type { DecodeOptions } from "./decoder.ts";
export { Encoder, type EncoderOptions, encode, encodeInto } from "./encode.ts";
export { EtfError, type EtfErrorCode, type EtfErrorDetails } from "./errors.ts";
export { type Inspected, inspect, inspectWithInfo } from "./inspect.ts";
export type { InspectOptions } from "./inspect-options.ts";
export { DEFAULT_MAX_DEPTH, DEFAULT_MAX_INFLATED_BYTES } from "./limits.ts";
export { compareTerms } from "./order.ts";
export {
  type Header,
  listLength,
  readAtomName,
  readInteger,
  readListHeader,
  readTupleHeader,
  tupleArity,
} from "./raw.ts";
export { skipTerm } from "./skip.ts";
export {
  Atom,
  atom,
  BitString,
  binary,
  ErlangMap,
  ExportFun,
  Float,
  Fun,
  ImproperList,
  isAtom,
  isTagged,
  LocalTerm,
  NativeRecord,
  Pid,
  Port,
  Reference,
  type Term,
  Tuple,
  tuple,
} from "./terms.ts";
