import { ElixirScopeError } from "../error.ts";

/** What is wrong at an offset of a call pattern; becomes an error that shows the place, see {@link explained}. */
export class PatternProblem extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.name = "PatternProblem";
    this.at = at;
  }
}

/**
 * Runs `work` on the pattern `text`; a {@link PatternProblem} in it becomes an error whose message shows the pattern with
 * a caret under the column.
 * @throws ElixirScopeError `code` with `details: {pattern, column}`; `column` is 1-based, in UTF-16 units, and
 * never beyond the character behind the last one.
 */
export function explained<T>(text: string, work: () => T, code = "BAD_MFA_PATTERN"): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    const at = Math.min(error.at, text.length);
    const column = at + 1;
    throw new ElixirScopeError(code, `${error.message}\n\n${shown(text, at)}`, {
      pattern: text,
      column,
    });
  }
}

/** Code points, since an emoji takes one place on the screen (two cells at worst), not two. */
function shown(text: string, at: number): string {
  const line = (part: string): string =>
    Array.from(part, (char) => (/\p{C}/u.test(char) ? " " : char)).join("");
  return `  ${line(text)}\n  ${" ".repeat(Array.from(text.slice(0, at)).length)}^`;
}
