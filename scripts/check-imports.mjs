// Holds the tree against scripts/import-law.json: imports between parts, node:* where it is barred, SQL outside the store.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const law = JSON.parse(readFileSync(join(root, "scripts/import-law.json"), "utf8"));
const parts = Object.entries(law.parts).sort((a, b) => b[1].path.length - a[1].path.length);
const packageParts = { "@elixirscope/etf": "etf", "@elixirscope/dist": "dist" };
const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s(?:[^'";]*?\sfrom\s)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;
const SQL = /["'`]\s*(?:SELECT\s.+\sFROM|INSERT\s+INTO|CREATE\s+(?:TABLE|VIEW|INDEX)|DELETE\s+FROM)\b/is;

function sourceFiles(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory())
      return entry.name === "dist" || entry.name === "node_modules" ? [] : sourceFiles(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const partOf = (path) =>
  parts.find(([, part]) => path === part.path || path.startsWith(`${part.path}/`))?.[0];

function targetOf(file, specifier) {
  if (specifier.startsWith(".")) {
    const path = relative(root, resolve(dirname(join(root, file)), specifier));
    return partOf(path) ?? `file:${path}`;
  }
  if (specifier in packageParts) return packageParts[specifier];
  const own = /^elixirscope\/(\w+)$/.exec(specifier);
  if (own) return own[1];
  return undefined;
}

function violations(file) {
  const part = partOf(file);
  if (!part) return [];
  // Tests may use the test kit, Node and whatever they test against.
  const isTest = /\.test\.tsx?$/.test(file);
  const text = readFileSync(join(root, file), "utf8");
  const found = [];
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2];
    if (specifier.startsWith("node:") && !law.parts[part].node && !isTest) {
      found.push(`${file}: ${part} may not use ${specifier}`);
    }
    const target = targetOf(file, specifier);
    const allowed = [part, ...law.parts[part].imports, ...(law.extra[part] ?? [])];
    if (!target || allowed.includes(target) || isTest) continue;
    if (target.startsWith("file:") && !target.startsWith("file:packages") && !target.startsWith("file:web"))
      continue;
    if (law.debt.includes(`${file} -> ${target}`)) continue;
    found.push(`${file}: ${part} may not import ${target} (${specifier})`);
  }
  if (part !== law.sqlOnlyIn && !isTest && SQL.test(text))
    found.push(`${file}: SQL outside ${law.sqlOnlyIn}`);
  return found;
}

const roots = ["packages/etf/src", "packages/dist/src", "packages/elixirscope/src", "web/src"];
const files = roots
  .filter((dir) => statSync(join(root, dir), { throwIfNoEntry: false }))
  .flatMap((dir) => sourceFiles(join(root, dir)).map((path) => relative(root, path)));
const found = files.flatMap(violations);
for (const line of found) console.error(line);
console.log(
  `import law: ${files.length} files, ${found.length} violations, ${law.debt.length} on the debt list`,
);
process.exitCode = found.length > 0 ? 1 : 0;
