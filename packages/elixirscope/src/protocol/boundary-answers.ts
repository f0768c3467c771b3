import { z } from "zod";

// Contexts of an application and calls past their doors. Modules and functions as Elixir writes them.

/** What a project says of its contexts; each list takes the place of what is found by convention. */
export interface BoundariesInput {
  /** Roots of what serves the web: `MyAppWeb`. Default: those with an endpoint. */
  readonly web?: readonly string[] | undefined;
  /** `MyApp.Sales`; default: modules with others below them. */
  readonly contexts?: readonly string[] | undefined;
  /** Modules inside of contexts that everybody may call. */
  readonly public?: readonly string[] | undefined;
  /** `MyAppWeb.Cart -> MyApp.Sales.Till`: leaks that are meant. */
  readonly allow?: readonly string[] | undefined;
  /** Calls from leaking places are counted for this long, at most 10,000; default 0: not at all. */
  readonly countMs?: number | undefined;
  /** Which node's, where several are attached. */
  readonly node?: string | undefined;
}

export interface LeakRow {
  readonly kind: "web_calls_internals" | "web_calls_repo" | "context_calls_internals";
  /** `MyAppWeb.Cart.show/2`; the module alone where there is no debug info. */
  readonly caller: string;
  /** `MyApp.Sales.Till.add/1` */
  readonly callee: string;
  readonly context: string;
  /** As it was compiled, shortened to the part from `lib/` on; "" where unknown. */
  readonly file: string;
  /** Null: unknown. */
  readonly line: number | null;
  /** Calls of the callee from this place while they were counted; null: not counted. One that comes last in a function is its caller's. */
  readonly calls: number | null;
}

export interface BoundariesAnswer {
  readonly web: readonly string[];
  readonly contexts: readonly { readonly name: string; readonly modules: number }[];
  /** Different functions called from one part in another, each once for a calling module. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly functions: number }[];
  readonly leaks: readonly LeakRow[];
  readonly modules: number;
  readonly countedMs: number;
  /** The code is that of this instant. */
  readonly t: number;
  /** True: nothing was asked of a node; it is what was found last while this was recorded, by whatever input. */
  readonly kept: boolean;
  /** Why there is nothing, and what to do; "": there is. */
  readonly why: string;
}

const names = z.array(z.string().min(1).max(512)).max(1_000).optional();

export const boundariesSchema: z.ZodType<BoundariesInput> = z.strictObject({
  web: names,
  contexts: names,
  public: names,
  allow: names,
  node: z.string().min(1).max(512).optional(),
  countMs: z.number().int().min(0).max(10_000).optional(),
});
