/**
 * Levels of nesting that reading and writing take by default. Far above what programs build (a list is one level whatever its length), and low enough
 * that the codec and any recursive reader of its terms stay inside the smallest call stack they may meet (about 1 MB).
 */
export const DEFAULT_MAX_DEPTH = 1024;

/** Bytes that a compressed term may inflate to by default. */
export const DEFAULT_MAX_INFLATED_BYTES: number = 64 * 1024 * 1024;
