import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { CliWorld } from "./cli-process.ts";

/** A recording of `test/recordings`, unpacked into a home. */
export const unpacked = (world: CliWorld, name: string): string => unpackedAs(world, `${name}.esrec`, name);

/** The same under another name. */
export function unpackedAs(world: CliWorld, as: string, name: string): string {
  const file = world.path(as);
  const packed = new URL(`../../recordings/${name}.esrec.gz`, import.meta.url);
  writeFileSync(file, gunzipSync(readFileSync(fileURLToPath(packed))));
  return file;
}
