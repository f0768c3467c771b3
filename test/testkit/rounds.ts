/**
 * How often something is tried: what shows anything new each time, and with `ELIXIRSCOPE_ROUNDS=many` what it takes to
 * meet what happens once in a hundred times.
 */
export const rounds = (few: number, many: number): number =>
  process.env.ELIXIRSCOPE_ROUNDS === "many" ? many : few;
