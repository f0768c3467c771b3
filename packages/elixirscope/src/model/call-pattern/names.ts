import type { Syntax } from "./syntax.ts";

/** The variables of a piece of syntax, each as often as it stands there; `_` is none. */
export function namesIn(syntax: Syntax): readonly string[] {
  switch (syntax.type) {
    case "variable":
      return syntax.name === "_" ? [] : [syntax.name];
    case "tuple":
      return syntax.items.flatMap(namesIn);
    case "list":
      return [...syntax.items, ...(syntax.tail ? [syntax.tail] : [])].flatMap(namesIn);
    case "map":
      return [...(syntax.struct ? [syntax.struct] : []), ...syntax.entries.flat()].flatMap(namesIn);
    case "field":
      return namesIn(syntax.of);
    case "call":
      return syntax.args.flatMap(namesIn);
    default:
      return [];
  }
}
