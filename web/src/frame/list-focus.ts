const MOVES: Readonly<Record<string, 1 | -1 | "first" | "last">> = {
  j: 1,
  ArrowDown: 1,
  k: -1,
  ArrowUp: -1,
  Home: "first",
  End: "last",
};

/**
 * Takes the focus from line to line of a view's plain lists (grids and trees have keys of their own), `j` and `k` from
 * wherever it is. True when it moved.
 */
export function moveInLists({ key, target }: KeyboardEvent): boolean {
  const move = MOVES[key];
  if (move === undefined) return false;
  const line = target instanceof Element ? target.closest("main li") : null;
  if (line === null && key !== "j" && key !== "k") return false;
  // The arrows are the browser's in a field, and change what is chosen among a few.
  if (target instanceof HTMLInputElement && key.length > 1) return false;
  const stops = [...document.querySelectorAll("main li")].flatMap((one) => stopOf(one) ?? []);
  const at = stops.findIndex((stop) => stop.closest("li") === line);
  const to = move === "first" ? 0 : move === "last" ? stops.length - 1 : at < 0 ? 0 : at + move;
  const stop = stops[to];
  stop?.focus();
  stop?.scrollIntoView({ block: "nearest" });
  return stop !== undefined;
}

/** What Enter opens in a line: the first of its links and buttons that is not one of a line within it. */
function stopOf(line: Element): HTMLElement | undefined {
  const found = line.querySelector<HTMLElement>("a[href], button:enabled");
  return found?.closest("li") === line && found.getClientRects().length > 0 ? found : undefined;
}
