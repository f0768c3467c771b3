import type { Input } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { Link } from "wouter";
import { count, duration, percent } from "../../domain/format.ts";
import { PlaceLink } from "../../parts/place-link.tsx";
import { useHref } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";
import { NothingWorked } from "./nothing-worked.tsx";

const SHOWN = 200;

/** Functions and callbacks by the time that they spent themselves. */
export function HotPanel({ input }: { readonly input: Input<"hot"> }): ReactElement {
  const answer = useAnswer("hot", { ...input, limit: SHOWN });
  const href = useHref();
  return (
    <AnswerBox answer={answer} isEmpty={({ rows }) => rows.length === 0} empty={<NothingWorked />}>
      {({ rows, totalNs, complete, scanned }) => (
        <div className="web-body">
          <table className="inventory-table" aria-label="Hot functions">
            <thead>
              <tr>
                {["Own", "Share", "Total", "Longest", "Times", "Failed"].map((text) => (
                  <th key={text} scope="col" className="number">
                    {text}
                  </th>
                ))}
                <th scope="col">Function</th>
                <th scope="col">Source</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.type} ${row.name}`}>
                  <td className="number">{duration(row.ownNs)}</td>
                  <td className="number">
                    {totalNs === 0 ? "–" : `${percent((row.ownNs / totalNs) * 100)} %`}
                  </td>
                  <td className="number">{duration(row.totalNs)}</td>
                  <td className="number">{row.mostNs === null ? "–" : duration(row.mostNs)}</td>
                  <td className="number">{count(row.count)}</td>
                  <td className={row.failed > 0 ? "number failed" : "number"}>{count(row.failed)}</td>
                  <td className="mono">
                    {row.type === "call" ? (
                      <Link href={href({ view: "events", item: undefined, filters: { mfa: row.name } })}>
                        {row.name}
                      </Link>
                    ) : (
                      <>
                        {row.name} <span className="tag">{row.type}</span>
                      </>
                    )}
                    {row.unfinished > 0 && (
                      <span className="muted"> {count(row.unfinished)} without a known end</span>
                    )}
                  </td>
                  <td className="mono muted">
                    {row.file && (
                      <PlaceLink
                        place={row.line === null ? row.file : `${row.file}:${row.line}`}
                        mfa={row.name}
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {!complete && <p className="muted">Only the newest {count(scanned)} events were read.</p>}
        </div>
      )}
    </AnswerBox>
  );
}
