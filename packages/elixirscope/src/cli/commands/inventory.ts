import type { ApplicationRow, Inventory, PortRow, TableRow } from "../../protocol/index.ts";
import { EXIT } from "../errors.ts";
import { formatBytes, formatCount } from "../format.ts";
import { jsonLine } from "../output.ts";
import { settle } from "../settle.ts";
import { type Column, renderTable } from "../table.ts";
import { openTarget } from "../target.ts";
import type { Context } from "../terminal.ts";
import { type AttachOptions, attachInput } from "./attach-options.ts";

export interface InventoryOptions extends AttachOptions {
  readonly recording?: string | undefined;
  readonly limit: number;
  readonly json?: boolean | undefined;
}

/** ETS tables, ports and applications at a glance. */
export async function inventory(
  context: Context,
  node: string | undefined,
  options: InventoryOptions,
): Promise<number> {
  const { node: named, ...attach } = await attachInput(context, node ?? "", options);
  const { recording, redact, limit } = options;
  const target = await openTarget(context, { node: named || undefined, recording, attach, redact });
  try {
    if (target.kind === "brief") await settle(target.client);
    const answer = await target.client.call("inventory", {});
    const { out } = context;
    if (options.json) jsonLine(out, answer);
    else for (const line of inventoryLines(answer, limit, out)) out.line(line);
    return EXIT.ok;
  } finally {
    await target.close();
  }
}

/** Three tables with what they are of the whole, and the node's limits. */
export function inventoryLines(
  answer: Inventory,
  limit: number,
  { columns, color }: Pick<Context["out"], "columns" | "color">,
): readonly string[] {
  const { limits, memory } = answer;
  const used = (name: string, [count, most]: readonly [number, number]): string =>
    `${name} ${formatCount(count)} of ${formatCount(most)}`;
  const section = <Row>(
    title: string,
    shape: readonly Column<Row>[],
    rows: readonly Row[],
  ): readonly string[] =>
    rows.length === 0
      ? []
      : ["", color.bold(title), renderTable(shape, rows.slice(0, limit), columns, color)];
  const tables = `ETS tables: ${formatCount(answer.tablesTotal)}, ${formatBytes(answer.tablesMemory)}`;
  return [
    [
      `memory ${formatBytes(memory.total ?? 0)}`,
      used("processes", limits.processes),
      used("ports", limits.ports),
      used("atoms", limits.atoms),
    ].join(", "),
    ...section(`Applications: ${formatCount(answer.applications.length)}`, APPLICATIONS, answer.applications),
    ...section(tables, TABLES, answer.tables),
    ...section(`Ports: ${formatCount(answer.portsTotal)}`, PORTS, answer.ports),
  ];
}

const label = (owner: TableRow["owner"]): string => owner?.label ?? "-";

const APPLICATIONS: readonly Column<ApplicationRow>[] = [
  { title: "APPLICATION", value: ({ name }) => name },
  { title: "VERSION", value: ({ version }) => version },
  { title: "PROCESSES", value: ({ processes }) => formatCount(processes), align: "right" },
  { title: "MEMORY", value: ({ memory }) => formatBytes(memory), align: "right" },
  { title: "TOP SUPERVISOR", value: ({ top }) => label(top), shrinksTo: 12 },
];

const TABLES: readonly Column<TableRow>[] = [
  { title: "TABLE", value: ({ name }) => name, shrinksTo: 16 },
  { title: "OBJECTS", value: ({ size }) => formatCount(size), align: "right" },
  { title: "MEMORY", value: ({ memory }) => formatBytes(memory), align: "right" },
  { title: "TYPE", value: ({ type }) => type, dispensable: 2 },
  { title: "PROTECTION", value: ({ protection }) => protection, dispensable: 3 },
  { title: "OWNER", value: ({ owner }) => label(owner), shrinksTo: 12, dispensable: 1 },
];

const PORTS: readonly Column<PortRow>[] = [
  { title: "PORT", value: ({ port }) => port },
  { title: "NAME", value: ({ name }) => name, shrinksTo: 12 },
  { title: "IN", value: ({ input }) => formatBytes(input), align: "right" },
  { title: "OUT", value: ({ output }) => formatBytes(output), align: "right" },
  {
    title: "OS PID",
    value: ({ osPid }) => (osPid === null ? "-" : String(osPid)),
    align: "right",
    dispensable: 2,
  },
  { title: "OWNER", value: ({ owner }) => label(owner), shrinksTo: 12, dispensable: 1 },
];
