import { EtfError } from "@elixirscope/etf";
import { ElixirScopeError } from "../model/index.ts";

/**
 * What the database handed out as whole, and what makes no sense all the same (a term that ends in the midst, a number that
 * is none), was not written by us: the file is damaged. Other errors stay what they are.
 */
export function damageOf(path: string, error: unknown): unknown {
  if (!(error instanceof EtfError || error instanceof SyntaxError || error instanceof RangeError))
    return error;
  return new ElixirScopeError(
    "STORE_DAMAGED",
    `${path} is damaged: what is in it makes no sense. (${error.message})`,
    { path },
    error,
  );
}
