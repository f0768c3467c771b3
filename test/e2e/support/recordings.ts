import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { CliWorld } from "./cli-process.ts";

/** A recording of `test/recordings`, unpacked into a home. */
export function unpacked(world: CliWorld, name: string): string {
  const file = world.path(`${name}.esrec`);
  const packed = new URL(`../../recordings/${name}.esrec.gz`, import.meta.url);
  writeFileSync(file, gunzipSync(readFileSync(fileURLToPath(packed))));
  return file;
}
