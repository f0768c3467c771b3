/** Does a command print what a page says it does? Up to what is another each time: pids, times, sizes, ids. */

/** What is another each time wherever it stands, with what it may look like. */
const EACH_TIME: readonly (readonly [RegExp, string])[] = [
  [/http:\/\/127\.0\.0\.1:\d+\/#token=\S+/, String.raw`http://127\.0\.0\.1:\d+/#token=\S+`],
  [/elixirscope_run_[0-9a-f]+/, "elixirscope_run_[0-9a-f]+"],
  [/\belixir_\d+@/, String.raw`elixir_\d+@`],
  [/(?:#PID)?<\d+\.\d+\.\d+>/, String.raw`(?:#PID)?<\d+\.\d+\.\d+>`],
  [/#Reference<[\d.]+>/, String.raw`#Reference<[\d.]+>`],
  [/\b[pf]-\d+\b/, String.raw`[pf]-\d+`],
  // Evidence: how many events there are is another, too.
  [/\[\d+(?: \d+)*\]/, String.raw`\[\d+(?:\s+\d+)*\]`],
  [/\b\d{2}:\d{2}:\d{2}(?:\.\d+)?\b/, String.raw`\d{2}:\d{2}:\d{2}(?:\.\d+)?`],
  // Large numbers count what came by: events, messages, words.
  [/(?<![\w.])\d{1,3}(?:,\d{3})+\b|(?<![\w.])\d{4,}\b/, String.raw`\d[\d,]*`],
  [
    /[+-]?\d[\d,.]* ?(?:ns|µs|ms|min|s|h|B|KB|kB|MB|GB|%|bytes|reductions|events|processes)(?![\p{L}])/u,
    String.raw`[+-]?\d[\d,.]*\s*(?:ns|µs|ms|min|s|h|B|KB|kB|MB|GB|%|bytes|reductions|events|processes)`,
  ],
];

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/** A text without what stands for something else, as a pattern. */
function plain(text: string, varies: readonly string[]): string {
  if (varies.length === 0) return escaped(text);
  const some = new RegExp(`(?<![\\d.,])(?:${varies.map(escaped).join("|")})(?![\\d]|[.,]\\d)`);
  const found = some.exec(text);
  if (found === null) return escaped(text);
  const rest = text.slice(found.index + found[0].length);
  return `${escaped(text.slice(0, found.index))}\\d[\\d,.]*${plain(rest, varies)}`;
}

function pattern(text: string, varies: readonly string[]): string {
  const [first] = EACH_TIME.map(([looks, may]) => ({ found: looks.exec(text), may }))
    .filter(({ found }) => found !== null)
    .sort((a, b) => a.found!.index - b.found!.index);
  if (first?.found == null) return plain(text, varies);
  const { found, may } = first;
  return `${plain(text.slice(0, found.index), varies)}${may}${pattern(text.slice(found.index + found[0].length), varies)}`;
}

/**
 * The expectation as one pattern. Spaces and line breaks count as one space, since columns are as wide as what is in them. `…` stands
 * for something in its line (which may be broken there), a line with nothing else for any lines.
 */
export function expected(output: string, varies: readonly string[]): RegExp {
  const parts = output.split(/^\s*…\s*$/m).map((part) =>
    part
      .trim()
      .replaceAll(/\s+/g, " ")
      .split("…")
      .map((piece) => pattern(piece, varies).replaceAll(" ", String.raw`\s+`))
      .join(String.raw`.*?(?:\n.*?)?`),
  );
  return new RegExp(String.raw`^\s*${parts.join(String.raw`\s*(?:[\s\S]*\s)?`)}\s*$`);
}
