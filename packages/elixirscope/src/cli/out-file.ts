import { statSync } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isClickHouse } from "../protocol/index.ts";
import { CliError, EXIT, usageError } from "./errors.ts";

/**
 * The absolute path for a new recording; refuses to write over a file, and a folder that is not there or not writable. Of one
 * in ClickHouse its name, which the server looks at.
 */
export const newRecordingPath = async (path: string): Promise<string> =>
  isClickHouse(path) ? path : newPath(path, "Recordings are");

/** Several are merged by DuckDB, into a file. */
export async function newMergedPath(path: string): Promise<string> {
  if (isClickHouse(path)) throw usageError("Merged recordings go into a file, not into ClickHouse.");
  return newPath(path, "Recordings are");
}

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

/** Bytes on our disk of a recording that is being made: the file and what is not yet moved into it. */
export const recordingBytes = (path: string): number | undefined =>
  isClickHouse(path)
    ? undefined
    : [path, `${path}.wal`].reduce(
        (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
        0,
      );

/** The absolute path of a recording that is there, or its name in ClickHouse. */
export const existingRecordingPath = async (path: string): Promise<string> =>
  isClickHouse(path) ? path : existingFilePath(path);

/** The absolute path of a recording that is a file. */
export async function existingFilePath(path: string): Promise<string> {
  const file = resolve(path);
  const found = await stat(file).catch(() => undefined);
  if (!found) {
    throw new CliError("CLI_FILE_NOT_FOUND", `There is no file ${path}.`, { exit: EXIT.notFound });
  }
  if (!found.isFile()) throw usageError(`${path} is not a file.`);
  return file;
}
