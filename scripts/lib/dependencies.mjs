// Does node_modules hold what package-lock.json says?
import { readFileSync } from "node:fs";
import { join } from "node:path";

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with the installed packages, in a few words; undefined when nothing is. Compares contents, not
 * file times: a checkout makes every file new.
 */
export function staleness(wanted, installed) {
  if (!wanted) return "package-lock.json cannot be read";
  if (!installed) return "nothing is installed";
  for (const [path, need] of Object.entries(wanted)) {
    if (path === "" || !path.includes("node_modules/")) continue;
    const have = installed[path];
    // Packages for other platforms are left out by npm.
    if (!have && (need.optional || need.devOptional || need.peer)) continue;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    if (!have) return `${name} is missing`;
    if (have.version !== need.version) return `${name} is ${have.version}, not ${need.version}`;
  }
  return undefined;
}

/** As `staleness`, for the tree at `root`. */
export function dependencyStaleness(root) {
  const lock = packagesOf(join(root, "package-lock.json"));
  return staleness(lock, packagesOf(join(root, "node_modules/.package-lock.json")));
}
