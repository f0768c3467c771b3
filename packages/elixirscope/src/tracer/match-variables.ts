import { Atom, type Term } from "@elixirscope/etf";
import { namesIn, type Syntax } from "../model/index.ts";

const ANY: Term = new Atom("_");

/**
 * Names of a pattern and their numbers in the match spec. Only a name that is asked for gets one: it stands in a
 * condition, or among the arguments more than once (which means: equal values).
 */
export class MatchVariables {
  readonly #uses = new Map<string, number>();
  readonly #known = new Set<string>();
  readonly #numbers = new Map<string, number>();
  #last = 0;

  constructor(args: readonly Syntax[], guards: readonly Syntax[]) {
    for (const name of args.flatMap(namesIn)) {
      this.#known.add(name);
      this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    }
    for (const name of guards.flatMap(namesIn)) this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  /** What stands for the name in the head. */
  inHead(name: string): Term {
    return name === "_" || (this.#uses.get(name) ?? 0) < 2 ? ANY : this.named(name);
  }

  /** The name's variable, also where nothing else asks for it. */
  named(name: string): Atom {
    const number = this.#numbers.get(name) ?? this.#next();
    this.#numbers.set(name, number);
    return variable(number);
  }

  /** A variable without a name. */
  fresh(): Atom {
    return variable(this.#next());
  }

  /** Does the name stand among the arguments? */
  has(name: string): boolean {
    return this.#known.has(name);
  }

  get names(): readonly string[] {
    return [...this.#known];
  }

  #next(): number {
    this.#last++;
    return this.#last;
  }
}

const variable = (number: number): Atom => new Atom(`$${number}`);
