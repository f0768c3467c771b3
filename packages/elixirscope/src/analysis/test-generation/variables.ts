import { encode, type Fun, Pid, Reference, type Term } from "@elixirscope/etf";
import { bytesKey } from "../message-pairing.ts";

/** A value that a test makes for itself, in the place of one that was recorded. */
export interface Variable {
  readonly name: string;
  readonly term: Pid | Reference | Fun;
  /** What makes it; of a process that is stood in for null, since that has answers. */
  readonly made: string | null;
}

/** Words of the language, and what tests call their own. */
const TAKEN: readonly string[] = [
  ..."after and catch do else end false fn in nil not or rescue true when".split(" "),
  ..."assert conn data refute self state stand_in test view".split(" "),
];

/** Names of variables, each once. */
export class Names {
  readonly #taken = new Set(TAKEN);

  /** `timer`, and where there is one `timer2`. */
  fresh(wanted: string): string {
    const base = variableName(wanted) || "value";
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** `printer` of `Printing.Printer`, `user_id` of `userId`. */
export const variableName = (text: string): string =>
  (text.split(/[./]/).at(-1) ?? "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, "_")
    .replace(/^[_0-9]+|_+$/g, "");

/** Values that cannot be written down, and were given to what is tested: each is a variable. */
export class Variables {
  readonly names: Names;
  readonly #byKey = new Map<string, Variable>();
  readonly #nameOf: (pid: Pid) => string | undefined;

  /** @param nameOf what a process is called */
  constructor(names: Names, nameOf: (pid: Pid) => string | undefined) {
    this.names = names;
    this.#nameOf = nameOf;
  }

  get all(): readonly Variable[] {
    return [...this.#byKey.values()];
  }

  known(term: Pid | Reference | Fun): Variable | undefined {
    return this.#byKey.get(keyOf(term));
  }

  /** The variable of a value that is given; made where there is none yet. */
  given(term: Pid | Reference | Fun): Variable {
    return this.known(term) ?? this.set(term, wantedName(term, this.#nameOf), madeBy(term));
  }

  set(term: Pid | Reference | Fun, wanted: string, made: string | null): Variable {
    const variable = { name: this.names.fresh(wanted), term, made };
    this.#byKey.set(keyOf(term), variable);
    return variable;
  }
}

export const keyOf = (term: Term): string => bytesKey(encode(term));

function wantedName(term: Pid | Reference | Fun, nameOf: (pid: Pid) => string | undefined): string {
  if (term instanceof Pid) return nameOf(term) ?? "pid";
  return term instanceof Reference ? "ref" : "fun";
}

/** A function's code is not in the record: what calls it fails. */
function madeBy(term: Pid | Reference | Fun): string | null {
  if (term instanceof Pid) return null;
  if (term instanceof Reference) return "make_ref()";
  const underscores = Array.from({ length: Math.max(0, term.arity) }, () => "_").join(", ");
  return `fn${underscores === "" ? "" : ` ${underscores}`} -> raise("this function's code is not in the recording") end`;
}
