import type { FlameAnswer, FlameRow } from "./performance-answers.ts";

// Flame graphs as other tools read them.

/** Frames must not hold what separates them. */
const plain = (name: string): string => name.replace(/;/g, ",").replace(/\s+/g, " ");

/** Folded stacks: a line `outer;inner NANOSECONDS` for each stack with own time, as flamegraph.pl and inferno read them. */
export function foldedStacks({ roots }: FlameAnswer): string {
  const lines: string[] = [];
  walk(roots, [], (stack, { ownNs }) => {
    if (ownNs > 0) lines.push(`${stack.map(plain).join(";")} ${ownNs}`);
  });
  return lines.join("\n");
}

/** A profile for speedscope (https://www.speedscope.app/file-format-schema.json): one sample for each stack, its own time the weight. */
export function speedscopeProfile(answer: FlameAnswer): Readonly<Record<string, unknown>> {
  const frames = new Map<string, number>();
  const samples: (readonly number[])[] = [];
  const weights: number[] = [];
  const indexOf = (name: string): number => {
    const index = frames.get(name) ?? frames.size;
    frames.set(name, index);
    return index;
  };
  walk(answer.roots, [], (stack, { ownNs }) => {
    if (ownNs === 0) return;
    samples.push(stack.map(indexOf));
    weights.push(ownNs);
  });
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name: answer.name,
    exporter: "elixirscope",
    activeProfileIndex: 0,
    shared: { frames: [...frames.keys()].map((name) => ({ name })) },
    profiles: [
      {
        type: "sampled",
        name: answer.name,
        unit: "nanoseconds",
        startValue: 0,
        endValue: answer.totalNs,
        samples,
        weights,
      },
    ],
  };
}

function walk(
  rows: readonly FlameRow[],
  around: readonly string[],
  visit: (stack: readonly string[], row: FlameRow) => void,
): void {
  for (const row of rows) {
    const stack = [...around, row.name];
    visit(stack, row);
    walk(row.children, stack, visit);
  }
}
