import type { ModuleSource } from "../model/index.ts";

/** Key of a module's source in a recording's meta. */
export const sourceKey = (module: string): string => `source:${module}`;

/** Where functions stand in their sources; `line` is null where the module has no debug info. */
export class Sources {
  readonly #modules = new Map<string, ModuleSource>();

  add(source: ModuleSource): void {
    this.#modules.set(source.module, source);
  }

  /** Takes what a recording's meta holds. */
  read(meta: ReadonlyMap<string, string>): void {
    for (const [key, value] of meta) {
      if (key.startsWith(sourceKey(""))) this.add(JSON.parse(value) as ModuleSource);
    }
  }

  file(module: string): string | null {
    return this.#modules.get(module)?.file || null;
  }

  /** Of a fun (`-add/2-fun-0-`) the line of the function that it stands in. */
  line(module: string, name: string, arity: number): number | null {
    const lines = this.#modules.get(module)?.lines;
    const outer = /^-(.+\/\d+)-(?:fun|lc|lbc|inlined|anonymous|mc|lmc|bc).*-$/.exec(name)?.[1];
    return lines?.[outer ?? `${name}/${arity}`] ?? null;
  }
}
