// What the project needs, as numbers, and the comparison of versions.

const NODE_NEEDED = "20.19.0";
export const ELIXIR_NEEDED = "1.14.0";
export const OTP_NEEDED = 25;

const parts = (text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0);

/** Is dotted version `have` at least `need`? What is not a number counts as 0. */
export function atLeast(have, need) {
  const [a, b] = [parts(have), parts(need)];
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** What to tell somebody whose Node is too old; undefined when it is not. */
export function missingNode(version) {
  if (atLeast(version, NODE_NEEDED)) return undefined;
  return [
    `Node ${NODE_NEEDED} or later is needed, and this is ${version}.`,
    "Install it from https://nodejs.org, or with your version manager (nvm install 20, mise use node@20).",
  ].join("\n");
}

/** Ends the process, and says why, where its Node is too old. */
export function requireNode() {
  const complaint = missingNode(process.versions.node);
  if (!complaint) return;
  console.error(complaint);
  process.exit(3);
}
