/** Where a module's functions stand in its source, as its debug info tells. */
export interface ModuleSource {
  /** The module as the node's atom. */
  readonly module: string;
  /** The source's path where it was compiled, or "". */
  readonly file: string;
  /** Lines by `name/arity`; empty where there is no debug info. */
  readonly lines: Readonly<Record<string, number>>;
}
