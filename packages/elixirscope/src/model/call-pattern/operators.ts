/** How tight an infix operator binds, and whether it groups to the right; as Elixir has it. */
interface Binding {
  readonly power: number;
  readonly right?: boolean;
}

const at = (power: number, names: string, right = false): readonly (readonly [string, Binding])[] =>
  names.split(" ").map((name) => [name, { power, right }]);

/** All infix operators of Elixir (but `when` and `|`), also those that no condition may use: they are refused by name. */
export const INFIX: ReadonlyMap<string, Binding> = new Map([
  ...at(60, "::", true),
  ...at(100, "=", true),
  ...at(120, "or || |||"),
  ...at(130, "and && &&&"),
  ...at(140, "== != === !== =~"),
  ...at(150, "< > <= >="),
  ...at(160, "|> <<< >>>"),
  ...at(170, "in"),
  ...at(180, "^^^"),
  ...at(190, "//"),
  ...at(200, "++ -- .. <>", true),
  ...at(210, "+ -"),
  ...at(220, "* /"),
  ...at(230, "**"),
]);

export const PREFIX: ReadonlySet<string> = new Set(["+", "-", "not", "!", "^", "&", "@"]);

/** What all prefix operators of {@link PREFIX} bind with. */
export const PREFIX_POWER = 300;
