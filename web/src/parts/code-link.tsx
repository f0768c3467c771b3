import type { ReactElement } from "react";
import { Link } from "wouter";
import { useHref } from "../place/use-place.ts";

/** `Mod.fun/arity` as its module and its function; undefined for what is none. */
function splitMfa(mfa: string): { readonly module: string; readonly name: string } | undefined {
  const found = /^((?:[A-Z]\w*(?:\.[A-Z]\w*)*)|:?[a-z_][\w@]*)\.(.+\/\d+)$/.exec(mfa);
  return found ? { module: found[1]!, name: found[2]! } : undefined;
}

/** From a function, or a line of it, to its source. */
export function CodeLink({
  mfa,
  line,
}: {
  readonly mfa: string;
  readonly line?: number;
}): ReactElement | null {
  const href = useHref();
  const parts = splitMfa(mfa);
  if (!parts) return null;
  const { module, name } = parts;
  return (
    <Link
      className="link-button"
      title={`Source of ${mfa}`}
      href={href({ view: "code", process: undefined, item: module, line: line ?? outer(name) })}
    >
      {line === undefined ? "source" : `line ${line}`}
    </Link>
  );
}

/** Of a fun (`-add/2-fun-0-/1`) the function that it stands in. */
const outer = (name: string): string =>
  /^"?-(.+\/\d+)-(?:fun|lc|lbc|inlined|anonymous)/.exec(name)?.[1] ?? name;
