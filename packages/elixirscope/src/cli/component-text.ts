import type { AssignRow, ComponentRow } from "../protocol/index.ts";
import { printable } from "./format.ts";
import type { Colors } from "./terminal.ts";

export const assignText = ({ key, before, after }: AssignRow): string =>
  `${key}: ${before ? `${before.text} → ` : ""}${after?.text ?? "gone"}`;

/**
 * Components of a page as a tree, those of each process below it; below each how its assigns changed.
 *
 *     #PID<0.812.0>
 *       4 HelloWeb.NoteComponent "note-3"  1 update  gone  number: 3
 *         5 HelloWeb.StarComponent "star-3"  1 update, 2 events, sent 1×  lit: true
 *           lit: false → true
 */
export function componentLines(rows: readonly ComponentRow[], color: Colors): readonly string[] {
  const processes = [...new Set(rows.map((row) => row.process?.pid ?? "-"))];
  return processes.flatMap((pid) => {
    const mine = rows.filter((row) => (row.process?.pid ?? "-") === pid);
    const cids = new Set(mine.map(({ cid }) => cid));
    const below = (parent: number | null, depth: number): readonly string[] =>
      mine
        .filter((row) => (row.parent !== null && cids.has(row.parent) ? row.parent : null) === parent)
        .flatMap((row) => [...lines(row, depth, color), ...below(row.cid, depth + 1)]);
    return [color.dim(`components of ${pid}`), ...below(null, 1)];
  });
}

function lines(row: ComponentRow, depth: number, color: Colors): readonly string[] {
  const indent = "  ".repeat(depth);
  const id = row.componentId ? ` ${row.componentId.text}` : "";
  const counts = [
    times(row.updates, "update"),
    times(row.events, "event"),
    ...(row.renders === null ? [] : [times(row.renders, "render")]),
    row.sent > 0 ? `sent ${row.sent}×` : "",
  ].filter((part) => part !== "");
  const assigns = row.assigns.map(({ key, value }) => `${key}: ${value.text}`).join(", ");
  const gone = row.goneAt === null ? [] : [color.dim("gone")];
  const head = [
    `${row.cid} ${printable(row.module + id)}`,
    color.dim(counts.join(", ")),
    ...gone,
    printable(assigns),
  ];
  return [
    indent + head.filter((part) => part !== "").join("  "),
    ...row.versions.map(({ assigns: changed }) =>
      color.dim(`${indent}    ${printable(changed.map(assignText).join(", "))}`),
    ),
  ];
}

const times = (count: number, noun: string): string =>
  count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
