import type { Input, Output } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { count, duration, percent } from "../../domain/format.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { useAnswer } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";
import { NothingWorked } from "./nothing-worked.tsx";

const SHOWN = 200;
type Row = Output<"waits">["rows"][number];

const time = (ns: number | null): string => (ns === null ? "–" : duration(ns));

/** How long messages lay in mailboxes, against how long the processes worked. */
export function WaitsPanel({ input }: { readonly input: Input<"waits"> }): ReactElement {
  const answer = useAnswer("waits", { ...input, limit: SHOWN });
  return (
    <AnswerBox answer={answer} isEmpty={({ rows }) => rows.length === 0} empty={<NothingWorked />}>
      {({ rows, complete, scanned }) => {
        const most = Math.max(1, ...rows.flatMap(({ mailbox, work }) => [mailbox.sum ?? 0, work.sum ?? 0]));
        return (
          <div className="web-body">
            <table className="inventory-table" aria-label="Waiting and work">
              <thead>
                <tr>
                  <th scope="col">Process</th>
                  <th scope="col" className="wait-bars">
                    Waited, worked
                  </th>
                  {["Waited", "P95", "Messages", "Worked", "P95", "Callbacks", "Busy"].map((text, index) => (
                    <th key={`${text} ${index}`} scope="col" className="number">
                      {text}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((row, index) => (
                  <Line key={row.process?.handle ?? `none-${index}`} row={row} most={most} />
                ))}
              </tbody>
            </table>
            {!complete && <p className="muted">Only the newest {count(scanned)} events were read.</p>}
          </div>
        );
      }}
    </AnswerBox>
  );
}

function Line({ row, most }: { readonly row: Row; readonly most: number }): ReactElement {
  const { process, mailbox, work, exact, busy } = row;
  const least = (ns: number | null): string => (ns === null || exact ? time(ns) : `≥ ${time(ns)}`);
  const width = (ns: number | null): string => `${((ns ?? 0) / most) * 100}%`;
  return (
    <tr>
      <td className="one-line">
        {process ? <ProcessLink process={process} /> : <span className="muted">unknown</span>}
      </td>
      <td aria-hidden="true">
        <span className="wait-bar" style={{ width: width(mailbox.sum) }} />
        <span className="wait-bar work" style={{ width: width(work.sum) }} />
      </td>
      <td className="number">{least(mailbox.sum)}</td>
      <td className="number">{least(mailbox.p95)}</td>
      <td className="number">{count(mailbox.count)}</td>
      <td className="number">{time(work.sum)}</td>
      <td className="number">{time(work.p95)}</td>
      <td className="number">{count(work.count)}</td>
      <td className="number">{percent(busy * 100)} %</td>
    </tr>
  );
}
