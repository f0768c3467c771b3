import type { SQLNamespace } from "@codemirror/lang-sql";
import { useQuery } from "@tanstack/react-query";
import { ask } from "../../server/ask.ts";

export interface Schema {
  readonly tables: SQLNamespace;
  readonly examples: readonly { readonly title: string; readonly sql: string }[];
  /** Unix nanoseconds of instant 0. */
  readonly origin: bigint | undefined;
}

/** Tables and columns of the recording, examples, and where its time begins; asked once. */
export function useSchema(): Schema {
  const { data } = useQuery({ queryKey: ["sqlSchema"], queryFn: readSchema, staleTime: Infinity });
  return data ?? NONE;
}

const NONE: Schema = { tables: {}, examples: [], origin: undefined };

async function readSchema(): Promise<Schema> {
  const { columns, examples, origin } = await ask("sqlSchema", {});
  const tables: Record<string, { label: string; type: string; detail: string; info: string }[]> = {};
  for (const { table, name, type, comment } of columns) {
    const column = { label: name, type: "property", detail: type, info: comment };
    const before = tables[table];
    if (before) before.push(column);
    else tables[table] = [column];
  }
  return { tables, examples, origin: BigInt(origin) };
}
