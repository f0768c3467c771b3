/** A line of a source, as stack traces and queries name it. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

/** `lib/shop/cart.ex:40`; undefined for what is none. */
export function sourcePlace(text: string): SourcePlace | undefined {
  const [, file, line] = /^(\S+\.(?:ex|exs|eex|heex|erl|hrl)):([1-9]\d{0,6})$/.exec(text) ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
}

/** The module of a function: `MyApp.Cart` of `MyApp.Cart.add/2`, `cowboy_req` of `:cowboy_req.reply/4`. */
export function moduleOf(mfa: string): string | undefined {
  const [, elixir, erlang] = /^(?:([A-Z]\w*(?:\.[A-Z]\w*)*)|:?([a-z_][\w@]*))\./.exec(mfa) ?? [];
  return elixir ?? erlang;
}

/**
 * The module whose source a file is. Paths in stack traces are those of the application (`lib/shop/cart.ex`), a module knows
 * where it was compiled (`/app/lib/shop/cart.ex`). Of several in one file the outermost.
 */
export function moduleIn(
  file: string,
  modules: readonly { readonly module: string; readonly file: string | null }[],
): string | undefined {
  return modules
    .filter((one) => one.file !== null && (one.file === file || one.file.endsWith(`/${file}`)))
    .map(({ module }) => module)
    .sort((a, b) => a.length - b.length)[0];
}
