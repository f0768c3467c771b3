import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { CliError, EXIT, messageOf } from "../errors.ts";
import { newFilePath } from "../out-file.ts";
import type { Context } from "../terminal.ts";

/** Where an export goes, piece by piece. */
export interface ExportOut {
  /** Resolves when the next piece may come. */
  write(text: string): Promise<void>;
  /** All of it is there. */
  finish(): Promise<void>;
  /** Nothing of it stays. */
  discard(): Promise<void>;
}

/** Standard output, or a file that has its name only once it is whole. */
export async function exportOut(context: Context, out: string | undefined): Promise<ExportOut> {
  return out === undefined ? standardOutput(context) : fileOut(await newFilePath(out));
}

function standardOutput({ out }: Context): ExportOut {
  return {
    write: async (text) => {
      out.write(text);
      await out.drained();
    },
    finish: () => out.flushed(),
    discard: async () => undefined,
  };
}

function fileOut(path: string): ExportOut {
  const part = partOf(path);
  const stream = createWriteStream(part, { flags: "wx" });
  let failed: Error | undefined;
  stream.on("error", (error) => {
    failed ??= cannotWrite(path, error);
  });
  const closed = once(stream, "close").catch(() => undefined);
  return {
    write: async (text) => {
      if (failed) throw failed;
      if (!stream.write(text)) await Promise.race([once(stream, "drain").catch(() => undefined), closed]);
    },
    finish: async () => {
      stream.end();
      await closed;
      if (failed) throw failed;
      await rename(part, path);
    },
    discard: async () => {
      stream.destroy();
      await closed;
      await rm(part, { force: true });
    },
  };
}

/** Beside the file that it is going to be. */
export const partOf = (path: string): string => `${path}.part-${process.pid}`;

const cannotWrite = (path: string, cause: Error): CliError =>
  new CliError("CLI_CANNOT_WRITE", `${path} cannot be written: ${messageOf(cause)}.`, {
    exit: EXIT.error,
    hint: "Nothing of it was kept. Make room, or give --out a path on another disk.",
    cause,
  });
