import type { ModuleSource, SourceText } from "../model/index.ts";

/** Key of a module's source in a recording's meta: where its functions stand. */
export const sourceKey = (module: string): string => `source:${module}`;
/** Key of its text. */
export const sourceTextKey = (module: string): string => `source_text:${module}`;

/** Sources of modules: where functions stand in them (`line` is null where the module has no debug info), and their texts. */
export class Sources {
  readonly #modules = new Map<string, ModuleSource>();
  readonly #texts = new Map<string, SourceText>();

  add(source: ModuleSource): void {
    this.#modules.set(source.module, source);
  }

  addText(source: SourceText): void {
    this.#texts.set(source.module, source);
  }

  /** Takes what a recording's meta holds. */
  read(meta: ReadonlyMap<string, string>): void {
    for (const [key, value] of meta) {
      if (key.startsWith(sourceKey(""))) this.add(JSON.parse(value) as ModuleSource);
      else if (key.startsWith(sourceTextKey(""))) this.addText(JSON.parse(value) as SourceText);
    }
  }

  file(module: string): string | null {
    return this.#modules.get(module)?.file || this.#texts.get(module)?.file || null;
  }

  text(module: string): SourceText | undefined {
    return this.#texts.get(module);
  }

  /** Lines by `name/arity`. */
  functions(module: string): Readonly<Record<string, number>> {
    return this.#modules.get(module)?.lines ?? {};
  }

  /** Of a fun (`-add/2-fun-0-`) the line of the function that it stands in. */
  line(module: string, name: string, arity: number): number | null {
    const lines = this.#modules.get(module)?.lines;
    const outer = /^-(.+\/\d+)-(?:fun|lc|lbc|inlined|anonymous|mc|lmc|bc).*-$/.exec(name)?.[1];
    return lines?.[outer ?? `${name}/${arity}`] ?? null;
  }
}
