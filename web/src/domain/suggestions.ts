import type { CrashRow, FlowRow } from "elixirscope/protocol";

const CRASHES = 2;
const CLICKS = 2;

/** Questions that hold of every record. */
const ALWAYS = ["What went wrong?", "Why is it slow?", "Which process is eating memory?"] as const;

/** Questions that the record suggests: about what a user did, what crashed, and some that can always be asked. */
export function suggestions(crashes: readonly CrashRow[], clicks: readonly FlowRow[]): readonly string[] {
  const events = new Set(clicks.flatMap(({ title }) => /^click (\S+)/.exec(title)?.[1] ?? []));
  const crashed = new Set(crashes.flatMap(({ process }) => (process.name ? [process.label] : [])));
  return [
    ...[...events].slice(0, CLICKS).map((event) => `Why did nothing change when I clicked ${event}?`),
    ...[...crashed].slice(0, CRASHES).map((label) => `Why did ${label} crash?`),
    ...ALWAYS,
  ];
}
