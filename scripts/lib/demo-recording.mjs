// The recordings of real Phoenix (test/recordings), shown in the UI where no Phoenix can be installed.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { startGuarded } from "./guarded.mjs";
import { ROOT } from "./run.mjs";
import { EXIT, ScriptError } from "./say.mjs";

const FOLDER = join(ROOT, "test/recordings");
const ENDING = ".esrec.gz";

/** Names of all there are, the newest Phoenix first. */
export const recordingNames = () =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort((a, b) => b.localeCompare(a));

/** The name, if there is such a one. */
export function checkRecording(name) {
  const names = recordingNames();
  if (names.includes(name)) return name;
  throw new ScriptError(`There is no recording ${name}. There are: ${names.join(", ")}.`, EXIT.usage);
}

/**
 * Serves a recording until `stop()`; `onUrl(url)` when its page is there. It is unpacked into a folder that goes with it,
 * however it ends.
 */
export function openRecording(cli, name, { port, open, onUrl }) {
  const folder = mkdtempSync(join(tmpdir(), "elixirscope-demo-"));
  const file = join(folder, `${name}.esrec`);
  try {
    writeFileSync(file, gunzipSync(readFileSync(join(FOLDER, name + ENDING))));
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const args = [cli, "open", file, "--json", ...(port === undefined ? [] : ["--port", String(port)])];
  return startGuarded(process.execPath, open ? args : [...args, "--no-open"], {
    thenRemove: folder,
    onLine: (line) => {
      const url = /"url":"([^"]+)"/.exec(line)?.[1];
      if (url) onUrl(url);
    },
  });
}
