import type { Inventory, ProcessRef } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { bytes, count, plural } from "../../domain/format.ts";
import { InstantNote } from "../../parts/instant-note.tsx";
import { ProcessLink } from "../../parts/process-link.tsx";
import { LoadingRows, StateBox } from "../../parts/state-box.tsx";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";

const EVERY_MS = 5_000;

/** The node beside its processes: memory, limits, applications, ETS tables, ports. */
export function InventoryView(): ReactElement {
  const { data, error } = useAnswer("inventory", {}, { version: useLastEventId(), everyMs: EVERY_MS });
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Node</h1>
        <InstantNote ofNow />
      </div>
      <div className="web-body">
        {error && !data && (
          <StateBox title="The node's inventory cannot be shown" tone="failure">
            <p>{error.message}</p>
          </StateBox>
        )}
        {!data && !error && <LoadingRows />}
        {data && <Parts inventory={data} />}
      </div>
    </div>
  );
}

function Parts({ inventory }: { readonly inventory: Inventory }): ReactElement {
  const { applications, tables, ports, tablesTotal, portsTotal, tablesMemory } = inventory;
  return (
    <div className="inventory">
      <Memory inventory={inventory} />
      <Table
        title="Applications"
        note={plural(applications.length, "application")}
        columns={["Name", "Version", "Top supervisor", "Processes", "Memory"]}
        rows={applications.map(({ name, version, top, processes, memory, description }) => ({
          key: name,
          title: description,
          cells: [name, version, top ?? "not started", count(processes), bytes(memory)],
        }))}
      />
      <Table
        title="ETS tables"
        note={`${first(tables.length, tablesTotal)}, ${bytes(tablesMemory)} in all`}
        columns={["Name", "Type", "Access", "Owner", "Objects", "Memory"]}
        rows={tables.map(({ name, type, protection, owner, size, memory }, index) => ({
          key: `${name} ${index}`,
          title: name,
          cells: [name, type, protection, owner ?? "–", count(size), bytes(memory)],
        }))}
      />
      <Table
        title="Ports"
        note={first(ports.length, portsTotal)}
        columns={["Port", "Name", "OS process", "Owner", "In", "Out"]}
        rows={ports.map(({ port, name, owner, input, output, osPid }) => ({
          key: port,
          title: name,
          cells: [
            port,
            name,
            osPid === null ? "–" : String(osPid),
            owner ?? "–",
            bytes(input),
            bytes(output),
          ],
        }))}
      />
    </div>
  );
}

const first = (shown: number, total: number): string =>
  shown < total ? `the first ${count(shown)} of ${count(total)}` : plural(total, "entry", "entries");

function Memory({ inventory: { memory, limits } }: { readonly inventory: Inventory }): ReactElement {
  return (
    <section aria-label="Memory and limits">
      <h2>Memory and limits</h2>
      <dl className="key-figures">
        {Object.entries(memory).map(([name, value]) => (
          <Figure key={name} name={name} value={bytes(value)} note="" />
        ))}
        {Object.entries(limits).map(([name, [used, limit]]) => (
          <Figure
            key={`of ${name}`}
            name={`${name} in use`}
            value={count(used)}
            note={`of ${count(limit)}`}
          />
        ))}
      </dl>
    </section>
  );
}

function Figure({
  name,
  value,
  note,
}: {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}): ReactElement {
  return (
    <div className="figure">
      <dt>{name.replaceAll("_", " ")}</dt>
      <dd>
        <span className="figure-value">{value}</span>
        <span className="figure-note">{note}</span>
      </dd>
    </div>
  );
}

interface TableProps {
  readonly title: string;
  readonly note: string;
  /** Figures are the last two. */
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly key: string;
    readonly title: string;
    readonly cells: readonly (string | ProcessRef)[];
  }[];
}

function Table({ title, note, columns, rows }: TableProps): ReactElement {
  const number = (index: number): string | undefined => (index >= columns.length - 2 ? "number" : undefined);
  return (
    <section aria-label={title}>
      <div className="section-head">
        <h2>{title}</h2>
        <span className="muted">{note}</span>
      </div>
      <table className="inventory-table" aria-label={title}>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={column} scope="col" className={number(index)}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, title: hint, cells }) => (
            <tr key={key} title={hint}>
              {cells.map((cell, index) => (
                <td key={columns[index]} className={number(index)}>
                  {typeof cell === "string" ? cell : <ProcessLink process={cell} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
