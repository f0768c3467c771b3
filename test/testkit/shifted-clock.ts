import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Debian has it, whatever the processor. */
function findLibrary(): string | undefined {
  const folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].filter((folder) => existsSync(folder));
  return folders
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .map((folder) => join(folder, "faketime/libfaketime.so.1"))
    .find((file) => existsSync(file));
}

const LIBRARY = findLibrary();

/** Is libfaketime there? Says so where it is not. */
export function canShiftClocks(test: string): boolean {
  if (LIBRARY === undefined)
    console.warn(`${test} is not run: there is no libfaketime (Debian: apt install faketime).`);
  return LIBRARY !== undefined;
}

/** The time of day of one node, in our hands; its monotonic clock stays the machine's. */
export interface ShiftedClock {
  /** For the node's environment. */
  readonly env: Readonly<Record<string, string>>;
  set(seconds: number): void;
  remove(): void;
}

export function shiftedClock(seconds: number): ShiftedClock {
  const folder = mkdtempSync(join(tmpdir(), "shifted-clock-"));
  const set = (by: number): void => writeFileSync(join(folder, "offset"), `${by < 0 ? "" : "+"}${by}\n`);
  set(seconds);
  // A node of another Debian release, in a root of its own, finds it here as well.
  copyFileSync(LIBRARY!, join(folder, "libfaketime.so.1"));
  const env = {
    LD_PRELOAD: join(folder, "libfaketime.so.1"),
    FAKETIME_TIMESTAMP_FILE: join(folder, "offset"),
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
    DONT_FAKE_MONOTONIC: "1",
  };
  return { env, set, remove: () => rmSync(folder, { recursive: true }) };
}
