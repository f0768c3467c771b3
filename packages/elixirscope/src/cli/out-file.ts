import { statSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CliError, EXIT, usageError } from "./errors.ts";

/** The absolute path for a new recording. Refuses to write over a file, and a folder that is not there or not writable. */
export const newRecordingPath = (path: string): Promise<string> => newPath(path, "Recordings are");

/** The same for whatever else is made of one. */
export const newFilePath = (path: string): Promise<string> => newPath(path, "Files are");

async function newPath(path: string, whose: string): Promise<string> {
  const file = resolve(path);
  if (await stat(file).catch(() => undefined)) {
    throw new CliError("CLI_FILE_EXISTS", `${path} exists already.`, {
      hint: `${whose} never written over: give another --out, or remove the file first.`,
    });
  }
  await access(dirname(file), constants.W_OK | constants.X_OK).catch(() => {
    throw new CliError("CLI_BAD_PATH", `${dirname(file)} is not a folder that can be written to.`, {
      hint: "Give --out a path in a folder that exists.",
    });
  });
  return file;
}

/** Bytes on disk of a recording that is being made: the file and what is not yet moved into it. */
export const recordingBytes = (path: string): number =>
  [path, `${path}.wal`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );

/** The absolute path of a recording that is there. */
export async function existingRecordingPath(path: string): Promise<string> {
  const file = resolve(path);
  const found = await stat(file).catch(() => undefined);
  if (!found) {
    throw new CliError("CLI_FILE_NOT_FOUND", `There is no file ${path}.`, { exit: EXIT.notFound });
  }
  if (!found.isFile()) throw usageError(`${path} is not a file.`);
  return file;
}
