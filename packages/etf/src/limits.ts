/**
 * Levels of nesting that reading and writing take by default. Far above what programs build (a list is one level whatever its length), and low enough
 * that recursive readers of the terms (`inspect` here takes up to eight calls for a level) keep half of the smallest call stack they may
 * meet, about 1 MB, free.
 */
export const DEFAULT_MAX_DEPTH = 512;

/** Bytes that a compressed term may inflate to by default. */
export const DEFAULT_MAX_INFLATED_BYTES: number = 64 * 1024 * 1024;
