import { constants } from "node:fs";
import { lstat, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ElixirScopeError } from "../../model/index.ts";

/** Above this much a file is put aside; so many of those are kept. */
const MOST_BYTES = 8 * 1024 * 1024;
const OLDER = 4;
/** One that puts files aside takes milliseconds: a lock that is older belongs to nobody. */
const LOCK_MS = 10_000;

/** One act, as it stands in the log: plain values only, never a cookie, a token or a term. */
export type AuditEntry = Readonly<Record<string, unknown>> & { readonly time: string; readonly act: string };

/** `$XDG_STATE_HOME/elixirscope/audit.jsonl`, else below `~/.local/state`. */
export function auditFile(env: NodeJS.ProcessEnv): string {
  const state = env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state");
  return join(state, "elixirscope", "audit.jsonl");
}

/** The file itself, then those that were put aside, newest first. */
const filesOf = (file: string): readonly string[] => [
  file,
  ...Array.from({ length: OLDER }, (_, i) => file.replace(/(\.jsonl)?$/, `.${i + 1}$1`)),
];

/**
 * A log to which lines are only added: one act a line, on the disk when {@link append} is done. Several ElixirScopes write into
 * the same file; each line is written at once, to the end of it.
 */
export class AuditLog {
  readonly file: string;
  readonly #mostBytes: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string, mostBytes: number = MOST_BYTES) {
    this.file = file;
    this.#mostBytes = mostBytes;
  }

  /** One after the other. @throws ElixirScopeError `AUDIT_NOT_WRITTEN` */
  append(entry: AuditEntry): Promise<void> {
    const done = this.#last.then(() => this.#append(`${JSON.stringify(entry)}\n`));
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** When everything until now was written, or could not be. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #append(line: string): Promise<void> {
    try {
      await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
      await this.#makeRoom(line.length);
      await addLine(this.file, line);
    } catch (cause) {
      throw new ElixirScopeError(
        "AUDIT_NOT_WRITTEN",
        `The audit log ${this.file} cannot be written (${codeOf(cause)}). Make room, or give this user the right to write there; XDG_STATE_HOME names another place.`,
        { path: this.file },
        cause,
      );
    }
  }

  /** Whoever gets the lock puts the full file aside; anybody else goes on with the file that is there. */
  async #makeRoom(length: number): Promise<void> {
    const size = await sizeOf(this.file);
    if (size === 0 || size + length <= this.#mostBytes) return;
    const lock = `${this.file}.lock`;
    if (!(await locked(lock))) return;
    try {
      if ((await sizeOf(this.file)) + length <= this.#mostBytes) return;
      const files = filesOf(this.file);
      for (let i = files.length - 1; i > 0; i--)
        await rename(files[i - 1]!, files[i]!).catch((error: unknown) => {
          if (codeOf(error) !== "ENOENT") throw error;
        });
    } finally {
      await rm(lock, { force: true });
    }
  }
}

/** Never into what is no file of ours: a link may lead anywhere, and who opens a pipe waits for its reader. */
async function addLine(file: string, line: string): Promise<void> {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(file, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) await handle.chmod(0o600);
    await handle.writeFile(line);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

async function locked(lock: string): Promise<boolean> {
  const old = await lstat(lock).catch(() => undefined);
  if (old && Date.now() - old.mtimeMs > LOCK_MS) await rm(lock, { force: true });
  try {
    await (await open(lock, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? error);

export interface AuditRead {
  /** Oldest first. */
  readonly entries: readonly AuditEntry[];
  /** Lines that are none of ours, or were cut off in the middle. */
  readonly unreadable: number;
}

/** All that is kept; nothing where there is no log yet. @throws ElixirScopeError `AUDIT_NOT_READABLE` */
export async function readAudit(file: string): Promise<AuditRead> {
  const entries: AuditEntry[] = [];
  let unreadable = 0;
  for (const path of filesOf(file).toReversed()) {
    for (const line of (await textOf(path)).split("\n")) {
      if (line === "") continue;
      const entry = parsed(line);
      if (entry) entries.push(entry);
      else unreadable++;
    }
  }
  return { entries, unreadable };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return "";
    throw new ElixirScopeError(
      "AUDIT_NOT_READABLE",
      `The audit log ${path} cannot be read (${codeOf(cause)}). It belongs to the user who attached; XDG_STATE_HOME says whose is read.`,
      { path },
      cause,
    );
  }
}

function parsed(line: string): AuditEntry | undefined {
  try {
    const value = JSON.parse(line) as Partial<AuditEntry> | null;
    const good = typeof value?.time === "string" && typeof value.act === "string";
    return good ? (value as AuditEntry) : undefined;
  } catch {
    return undefined;
  }
}
