import type { DistConnection } from "@elixirscope/dist";
import { binary, inspect, isTagged, type Term, type Tuple } from "@elixirscope/etf";

/** Runs Erlang expressions on the node; bindings come in as variables. */
export async function evaluate(
  connection: DistConnection,
  code: string,
  bindings: readonly Tuple[],
  timeoutMs = 20_000,
): Promise<Term> {
  const scanned = await connection.rpc("erl_scan", "string", [[...binary(code)]]);
  if (!isTagged(scanned, "ok", 3)) throw new Error(`erl_scan: ${inspect(scanned)}`);
  const parsed = await connection.rpc("erl_parse", "parse_exprs", [scanned.elements[1]!]);
  if (!isTagged(parsed, "ok", 2)) throw new Error(`erl_parse: ${inspect(parsed)}`);
  const value = await connection.rpc("erl_eval", "exprs", [parsed.elements[1]!, bindings], {
    timeoutMs,
  });
  if (!isTagged(value, "value", 3)) throw new Error(`erl_eval: ${inspect(value)}`);
  return value.elements[1]!;
}
