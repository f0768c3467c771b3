import type { Output } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { duration, percent } from "../../domain/format.ts";
import { gistOf } from "../../domain/gist.ts";
import { shortLabel } from "../../domain/sequence.ts";
import { ProcessLink } from "../../parts/process-link.tsx";
import { TermInline } from "../../parts/term-inline.tsx";
import { select } from "../../place/use-place.ts";

const WORDS = { work: "works", wait: "waits", unknown: "not known" } as const;

/** What made a flow last as long as it did: stretches that lie end to end and add up to its duration. */
export function CriticalTable({ path }: { readonly path: Output<"criticalPath"> }): ReactElement {
  const { rows, totalNs, workNs, waitNs, unknownNs } = path;
  return (
    <section className="critical" aria-label="Critical path">
      <p className="muted">
        {duration(totalNs)}: {duration(workNs)} work, {duration(waitNs)} waiting
        {unknownNs > 0 && `, ${duration(unknownNs)} not known`}
      </p>
      <table className="inventory-table" aria-label="Critical path">
        <thead>
          <tr>
            <th scope="col" className="number">
              Took
            </th>
            <th scope="col" className="number">
              Share
            </th>
            <th scope="col">Process</th>
            <th scope="col">What</th>
            <th scope="col">Message</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ type, process, from, durationNs, id, text }) => (
            <tr key={`${from} ${id} ${type}`}>
              <td className="number">{duration(durationNs)}</td>
              <td className="number">{totalNs === 0 ? "–" : `${percent((durationNs / totalNs) * 100)} %`}</td>
              <td className="one-line">
                {process ? (
                  <ProcessLink process={{ ...process, label: shortLabel(process.label) }} />
                ) : (
                  <span className="muted">unknown</span>
                )}
              </td>
              <td className="one-line">
                <span className={`critical-mark ${type}`} aria-hidden="true" /> {WORDS[type]}
              </td>
              <td className="mono">
                <button
                  type="button"
                  className="link-button ellipsis"
                  title="Show this event"
                  onClick={() => select({ type: "event", id })}
                >
                  <TermInline text={gistOf(text).text} />
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
