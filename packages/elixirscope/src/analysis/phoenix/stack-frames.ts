import { Atom, type Term, Tuple } from "@elixirscope/etf";
import { nameOf, textOf } from "./fields.ts";

/** A function of a stack: its module as the atom is called, and `file.ex:7`, "" where that is not known. */
export interface StackFrame {
  readonly module: string;
  readonly function: string;
  readonly place: string;
}

/** The stack as the agent took it: `[{Module, Function, Location}]`, innermost first. */
export function stackFrames(stack: Term | undefined): readonly StackFrame[] {
  return Array.isArray(stack) ? (stack as readonly Term[]).flatMap(frameOf) : [];
}

function frameOf(term: Term): readonly StackFrame[] {
  if (!(term instanceof Tuple)) return [];
  const [module, name, location] = term.elements;
  const moduleName = nameOf(module);
  if (moduleName === undefined) return [];
  return [{ module: moduleName, function: nameOf(name) ?? "?", place: placeOf(location) }];
}

/** `file.ex:7` of `[file: ~c"file.ex", line: 7]`. */
function placeOf(location: Term | undefined): string {
  if (!Array.isArray(location)) return "";
  const value = (key: string): Term | undefined => {
    const pair = (location as readonly Term[]).find(
      (item) => item instanceof Tuple && item.elements[0] instanceof Atom && item.elements[0].name === key,
    );
    return pair instanceof Tuple ? pair.elements[1] : undefined;
  };
  const file = value("file");
  const name = Array.isArray(file) ? String.fromCodePoint(...(file as readonly number[])) : textOf(file);
  const line = value("line");
  return name === undefined ? "" : typeof line === "number" ? `${name}:${line}` : name;
}
