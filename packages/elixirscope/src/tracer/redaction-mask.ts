// What overwriting does to each kind of leaf: as many bytes as before, and still a term.

export const MASK = 42; // *

/** Overwrites a binary or a charlist; other terms stay. */
export function maskIfText(bytes: Uint8Array, start: number, end: number): void {
  if (bytes[start] === 109) bytes.fill(MASK, start + 5, end);
  else if (bytes[start] === 107) bytes.fill(MASK, start + 3, end);
}

/** Digits become zeros; of bit strings, the bits `*`. Pids, ports, references and exported funs are no secrets. */
export function maskNumber(bytes: Uint8Array, at: number, end: number, keepInteger: boolean): void {
  switch (bytes[at]) {
    case 97: // SMALL_INTEGER_EXT
    case 98: // INTEGER_EXT
      if (!keepInteger) bytes.fill(0, at + 1, end);
      return;
    case 110: // SMALL_BIG_EXT: length, sign, digits
      if (!keepInteger) bytes.fill(0, at + 2, end);
      return;
    case 111: // LARGE_BIG_EXT
      if (!keepInteger) bytes.fill(0, at + 5, end);
      return;
    case 70: // NEW_FLOAT_EXT
      bytes.fill(0, at + 1, end);
      return;
    case 99: // FLOAT_EXT: printed, filled up with zero bytes
      for (let i = at + 1; i < end; i++) if (bytes[i]! >= 49 && bytes[i]! <= 57) bytes[i] = 48;
      return;
    case 77: // BIT_BINARY_EXT: the unused bits of the last byte are zeros
      bytes.fill(MASK, at + 6, end);
      if (end > at + 6) bytes[end - 1] = MASK & (0xff00 >> Math.min(bytes[at + 5]!, 8));
      return;
  }
}

/** A member of a secret set, which is a key (its value is `[]`): keys of a map must stay different. */
export function maskMember(bytes: Uint8Array, start: number, end: number, number: number): void {
  let rest = number;
  for (let at = end - 1; at >= start; at--) {
    bytes[at] = rest > 0 ? 48 + (rest % 10) : MASK;
    rest = Math.floor(rest / 10);
  }
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const STAYING: readonly Uint8Array[] = ["nil", "true", "false", "undefined", "ok", "error"].map(latin1);
export const CUT_MARK: Uint8Array = latin1("$elixirscope_cut");
const MODULE = latin1("Elixir.");

function startsWith(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Names of modules are names of code. */
export const isModule = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start > MODULE.length && startsWith(bytes, start, MODULE);

/** Atoms that tell nothing, or that tell how to read the rest. */
export function staysAsAtom(bytes: Uint8Array, start: number, end: number): boolean {
  for (const text of STAYING) if (text.length === end - start && startsWith(bytes, start, text)) return true;
  return (
    isModule(bytes, start, end) || (end - start === CUT_MARK.length && startsWith(bytes, start, CUT_MARK))
  );
}

/** Does the atom `name` stand at `at`? */
export const isNamed = (bytes: Uint8Array, at: number, name: Uint8Array): boolean =>
  (bytes[at] === 119 || bytes[at] === 115) && bytes[at + 1] === name.length
    ? startsWith(bytes, at + 2, name)
    : (bytes[at] === 118 || bytes[at] === 100) &&
      name.length === bytes[at + 1]! * 256 + bytes[at + 2]! &&
      startsWith(bytes, at + 3, name);
