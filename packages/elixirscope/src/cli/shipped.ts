import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where what comes along with the program lies: beside `dist/` in the installed package, or in a checkout. */
const PLACES = ["../../", "../../../../"];

/** The first of `paths` that is there, each looked for in the package and in a checkout. */
export function shipped(...paths: readonly string[]): string | undefined {
  const all = PLACES.flatMap((place) => paths.map((path) => new URL(place + path, import.meta.url)));
  return all.map((url) => fileURLToPath(url)).find((path) => existsSync(path));
}
