import { type Block, decodeText, type Values } from "./native.ts";

/** Rows of small answers: texts as texts, 64-bit numbers as bigints. */
export function rowsOf<Row extends readonly unknown[]>(blocks: readonly Block[]): Row[] {
  return blocks.flatMap(({ rows, columns }) =>
    Array.from({ length: rows }, (_, row) => columns.map((column) => valueAt(column, row)) as unknown as Row),
  );
}

function valueAt(column: Values, row: number): number | bigint | string {
  const value = column[row]!;
  return value instanceof Uint8Array ? decodeText(value) : value;
}

/** What follows is of the type that the query asked for. */
export const bigintsOf = (column: Values | undefined): BigInt64Array => column as BigInt64Array;
export const intsOf = (column: Values | undefined): Int32Array => column as Int32Array;
export const bytesOf = (column: Values | undefined): readonly Uint8Array[] => column as Uint8Array[];
