import { ElixirScopeError } from "../../model/index.ts";

/** What DuckDB says in each case; the codes it has for them do not come through its Node binding. */
const KNOWN: readonly { readonly pattern: RegExp; readonly code: string; readonly advice: string }[] = [
  {
    pattern: /Could not set lock|Conflicting lock|being used by another process|already open/i,
    code: "STORE_LOCKED",
    advice:
      "is open in another process, maybe a running ElixirScope; end that one, or copy the file and open the copy",
  },
  {
    pattern: /No space left|not enough space|disk.?quota|out of disk|ENOSPC/i,
    code: "STORE_NO_SPACE",
    advice: "cannot grow: the disk is full; make room, what is in the recording so far stays readable",
  },
  {
    // What does not fit is written beside the recording; of a damaged one DuckDB may look for what it never wrote.
    pattern: /Out of Memory|Cannot open file .*duckdb_temp_block.*No such file/i,
    code: "STORE_NO_MEMORY",
    advice:
      "needs more memory for this than it may take (2 GB): ask for less of it at a time; where that is little already, the file is damaged",
  },
  {
    pattern: /newer version|version number|storage version/i,
    code: "STORE_NEWER_FORMAT",
    advice: "was written by a newer version; update ElixirScope to open it",
  },
  {
    pattern: /not a valid DuckDB database|does not exist|is a directory/i,
    code: "STORE_NOT_A_RECORDING",
    advice: "is not a recording of ElixirScope",
  },
  {
    pattern:
      /checksum|corrupt|database has been invalidated|Serialization Error|Failed to load|invalid.*block|INTERNAL Error|Could not read/i,
    code: "STORE_DAMAGED",
    advice: "is damaged: part of the file is missing or was changed",
  },
];

/** An error of DuckDB as one of ours, which says what to do; one of ours stays as it is. */
export function storeError(cause: unknown, path: string): ElixirScopeError {
  if (cause instanceof ElixirScopeError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const known = KNOWN.find(({ pattern }) => pattern.test(text));
  return new ElixirScopeError(
    known?.code ?? "STORE_IO",
    `${path} ${known?.advice ?? "could not be read or written"}. (${text.split("\n")[0]})`,
    { path },
    cause,
  );
}
