import type { FlameAnswer, FlameRow } from "../protocol/index.ts";
import { clip, formatCount, formatNs, printable } from "./format.ts";
import type { Colors } from "./terminal.ts";

/** Below this share of the whole a frame is left to its siblings' line `others`. */
const LEAST = 0.005;

/** A flame graph as an indented list, the largest first: share, total, own, calls, name. */
export function flameLines({ roots, totalNs }: FlameAnswer, width: number, color: Colors): readonly string[] {
  const lines: string[] = [];
  const line = (share: number, total: number, own: number | null, depth: number, text: string): void => {
    const head = `${(share * 100).toFixed(1).padStart(5)}%  ${formatNs(total).padStart(8)}  ${(own === null ? "" : formatNs(own)).padStart(8)}  `;
    lines.push(
      `${color.dim(head)}${clip(`${"  ".repeat(Math.min(depth, 20))}${text}`, width - head.length)}`,
    );
  };
  const walk = (rows: readonly FlameRow[], depth: number): void => {
    const shareOf = (ns: number): number => (totalNs === 0 ? 0 : ns / totalNs);
    const small = rows.filter((row) => shareOf(row.totalNs) < LEAST);
    for (const row of rows) {
      if (small.includes(row)) continue;
      const times = row.count > 1 ? `  ×${formatCount(row.count)}` : "";
      line(shareOf(row.totalNs), row.totalNs, row.ownNs, depth, `${printable(row.name)}${times}`);
      walk(row.children, depth + 1);
    }
    if (small.length === 0) return;
    const rest = small.reduce((sum, row) => sum + row.totalNs, 0);
    line(shareOf(rest), rest, null, depth, `(${formatCount(small.length)} others)`);
  };
  if (roots.length > 0) lines.push(color.dim("SHARE     TOTAL       OWN"));
  walk(roots, 0);
  return lines;
}
