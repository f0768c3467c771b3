import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Engine } from "./engine.ts";

/** A recording of `test/recordings`, unpacked and opened, for tests that ask it. */
export interface OpenRecording {
  readonly engine: Engine;
  readonly file: string;
  readonly close: () => Promise<void>;
}

export async function openRecording(name: string): Promise<OpenRecording> {
  const folder = mkdtempSync(join(tmpdir(), "recording-"));
  const file = join(folder, `${name}.esrec`);
  const packed = new URL(`../../../../test/recordings/${name}.esrec.gz`, import.meta.url);
  writeFileSync(file, gunzipSync(readFileSync(fileURLToPath(packed))));
  const engine = await Engine.start({ version: "0.0.0", open: file });
  return {
    engine,
    file,
    async close() {
      await engine.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
