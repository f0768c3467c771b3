/** A piece of a call pattern in Elixir's syntax. `at` is the offset of its first character, 0-based. */
export type Syntax =
  | IntegerSyntax
  | FloatSyntax
  | AtomSyntax
  | StringSyntax
  | VariableSyntax
  | TupleSyntax
  | ListSyntax
  | MapSyntax
  | FieldSyntax
  | CallSyntax;

export interface IntegerSyntax {
  readonly type: "integer";
  readonly at: number;
  readonly value: bigint;
}

export interface FloatSyntax {
  readonly type: "float";
  readonly at: number;
  readonly value: number;
}

/** `:ok`, `nil`, and aliases: `MyApp.Cart` is the atom `Elixir.MyApp.Cart`. */
export interface AtomSyntax {
  readonly type: "atom";
  readonly at: number;
  readonly name: string;
}

/** A double-quoted string: a UTF-8 binary. Charlists are lists of integers. */
export interface StringSyntax {
  readonly type: "string";
  readonly at: number;
  readonly text: string;
}

/** `_` too. */
export interface VariableSyntax {
  readonly type: "variable";
  readonly at: number;
  readonly name: string;
}

export interface TupleSyntax {
  readonly type: "tuple";
  readonly at: number;
  readonly items: readonly Syntax[];
}

/** `[a, b | tail]`; `tail` is absent for a proper list. */
export interface ListSyntax {
  readonly type: "list";
  readonly at: number;
  readonly items: readonly Syntax[];
  readonly tail?: Syntax;
}

/** `%{key => value}`; `struct` is what stands between `%` and `{` in `%MyApp.Item{}`: an atom or a variable. */
export interface MapSyntax {
  readonly type: "map";
  readonly at: number;
  readonly struct?: Syntax;
  readonly entries: readonly (readonly [key: Syntax, value: Syntax])[];
}

/** `item.qty` */
export interface FieldSyntax {
  readonly type: "field";
  readonly at: number;
  readonly of: Syntax;
  readonly name: string;
}

/** A function or an operator: `length(list)` is `length` of one, `a + b` is `+` of two. `at` is where its name stands. */
export interface CallSyntax {
  readonly type: "call";
  readonly at: number;
  readonly name: string;
  readonly args: readonly Syntax[];
}
