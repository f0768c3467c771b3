import type { ModuleRow } from "elixirscope/protocol";
import { Search } from "lucide-react";
import { type ReactElement, useState } from "react";
import { Link } from "wouter";
import { plural } from "../../domain/format.ts";
import { StateBox } from "../../parts/state-box.tsx";
import { useHref } from "../../place/use-place.ts";
import { useAnswer, useLastEventId } from "../../server/hooks.ts";
import { AnswerBox } from "../web/answer-box.tsx";

const EVERY_MS = 5_000;
/** More than anybody reads; the search finds the others. */
const SHOWN = 300;

/** Modules that the record speaks of, or the node has: those whose lines were recorded first, then the application's own. */
export function ModuleList(): ReactElement {
  const answer = useAnswer("modules", {}, { version: useLastEventId(), everyMs: EVERY_MS });
  const [search, setSearch] = useState("");
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>Code</h1>
        <label className="search">
          <Search size={14} aria-hidden="true" />
          <input
            type="search"
            data-search
            aria-label="Search modules"
            placeholder="module or file"
            spellCheck={false}
            value={search}
            onChange={({ target }) => setSearch(target.value)}
          />
          <kbd>/</kbd>
        </label>
      </div>
      <div className="web-body">
        <AnswerBox
          answer={answer}
          isEmpty={(rows) => rows.length === 0}
          empty={
            <StateBox title="No module yet">
              <p>Modules come with what is recorded of their functions.</p>
            </StateBox>
          }
        >
          {(rows) => <Rows rows={rows.filter((row) => isMeant(row, search)).toSorted(firstOwn)} />}
        </AnswerBox>
      </div>
    </div>
  );
}

const isMeant = ({ module, file }: ModuleRow, search: string): boolean =>
  [module, file ?? ""].some((text) => text.toLowerCase().includes(search.trim().toLowerCase()));

const rank = ({ hasLines, hasText, isOwn }: ModuleRow): number => (hasLines ? 0 : hasText || isOwn ? 1 : 2);
const firstOwn = (a: ModuleRow, b: ModuleRow): number => rank(a) - rank(b);

function Rows({ rows }: { readonly rows: readonly ModuleRow[] }): ReactElement {
  const href = useHref();
  if (rows.length === 0)
    return (
      <StateBox title="No module has that in its name">
        <p>Modules that are loaded but not in the record open by their address: /code/MyApp.Module</p>
      </StateBox>
    );
  return (
    <>
      <ul className="web-list" aria-label="Modules">
        {rows.slice(0, SHOWN).map((row) => (
          <li key={row.module}>
            <Link className="web-line module-line" href={href({ item: row.module, line: undefined })}>
              <span className="mono ellipsis">{row.module}</span>
              <span className="muted">{row.hasLines ? "lines recorded" : ""}</span>
              <span className="muted">{row.functions > 0 ? plural(row.functions, "function") : ""}</span>
              <span className="muted mono ellipsis" title={row.file ?? undefined}>
                {row.file?.split("/").slice(-3).join("/") ?? (row.hasText ? "source kept" : "")}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN && <p className="muted">and {rows.length - SHOWN} more: search for them</p>}
    </>
  );
}
