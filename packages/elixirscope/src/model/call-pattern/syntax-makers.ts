import type { CallSyntax, ListSyntax, Syntax } from "./syntax.ts";

/** A function or an operator with its arguments. */
export const call = (at: number, name: string, ...args: readonly Syntax[]): CallSyntax => ({
  type: "call",
  at,
  name,
  args,
});

/** `-1` is a number and no call. */
export function negated(at: number, operator: string, operand: Syntax): Syntax | undefined {
  if (operator !== "-") return undefined;
  if (operand.type === "integer") return { ...operand, at, value: -operand.value };
  return operand.type === "float" ? { ...operand, at, value: -operand.value } : undefined;
}

export const charlist = (at: number, text: string): ListSyntax => ({
  type: "list",
  at,
  items: Array.from(text, (char) => ({ type: "integer", at, value: BigInt(char.codePointAt(0) ?? 0) })),
});

/** The atom that a module's name stands for. `Elixir.MyApp` is `MyApp`. */
export const moduleAtom = (parts: readonly string[]): string =>
  (parts[0] === "Elixir" ? parts : ["Elixir", ...parts]).join(".");
