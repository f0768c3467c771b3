// Tables of figures for a terminal.

/** 1234567.8 → `1 234 568`; small numbers keep three digits. */
export function figure(value) {
  if (typeof value !== "number") return value === undefined || value === null ? "" : String(value);
  if (Number.isInteger(value) || Math.abs(value) >= 1_000) {
    return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
  }
  return String(Number(value.toPrecision(3)));
}

/** Rows of like objects as lines: a column per key, in the order in which the keys first appear. */
export function table(rows) {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const isNumber = (key) => rows.every((row) => row[key] === undefined || typeof row[key] === "number");
  const cells = [keys, ...rows.map((row) => keys.map((key) => figure(row[key])))];
  const widths = keys.map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  const lines = cells.map((line) =>
    line
      .map((cell, i) => (isNumber(keys[i]) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => "─".repeat(width)).join("  "), ...lines.slice(1)].join("\n");
}
