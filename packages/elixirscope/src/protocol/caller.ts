// Who asks, for the audit log.

/** `cli`: a command; `ui`: a page; `mcp`: a coding assistant; `iex`: code on the observed node; `api`: whoever else has the token. */
export const SURFACES = ["cli", "ui", "mcp", "iex", "api"] as const;
export type Surface = (typeof SURFACES)[number];

export interface Caller {
  readonly surface: Surface;
  /** Of the command, where that is not the process that observes. */
  readonly pid?: number | undefined;
}

/** The header in which a command says who it is: `cli 4711`. Whoever has the token is believed. */
export const CALLER_HEADER = "elixirscope-caller";

export const callerText = ({ surface, pid }: Caller): string =>
  pid === undefined ? surface : `${surface} ${pid}`;

/** Of a request: a page says where it comes from, as browsers do; a command says what it is. */
export function callerOf(header: string | undefined, origin: string | undefined): Caller {
  if (origin !== undefined) return { surface: "ui" };
  const [, word, pid] = /^([a-z]+)(?: (\d{1,10}))?$/.exec(header ?? "") ?? [];
  const surface = SURFACES.find((one) => one === word);
  if (surface === undefined) return { surface: "api" };
  return pid === undefined ? { surface } : { surface, pid: Number(pid) };
}
