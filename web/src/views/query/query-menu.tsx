import type { CatalogueEntry } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { Link } from "wouter";
import { useHref } from "../../place/use-place.ts";
import { useAskedBefore } from "./asked-before.ts";
import { useSchema } from "./use-schema.ts";

interface Props {
  readonly entries: readonly CatalogueEntry[];
  /** Name of the question that is open; none: SQL. */
  readonly open: string | undefined;
}

/** What can be asked: SQL to start from, the questions of the catalogue, what was asked before. */
export function QueryMenu({ entries, open }: Props): ReactElement {
  const [search, setSearch] = useState("");
  const href = useHref();
  const before = useAskedBefore();
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const examples = useSchema().examples.filter(({ title }) => fits(title));
  const questions = entries.filter(({ name, summary }) => fits(`${name} ${summary}`));
  const asked = before.filter(({ title }) => fits(title));
  return (
    <nav className="query-menu" aria-label="Questions">
      <input
        type="search"
        data-search
        placeholder="Search questions"
        aria-label="Search questions"
        value={search}
        onChange={({ target }) => setSearch(target.value)}
      />
      <Link
        href={href({ item: undefined, details: {} })}
        className="query-entry"
        aria-current={open === undefined ? "page" : undefined}
      >
        SQL
      </Link>
      {examples.length > 0 && <h2 className="minor">Examples in SQL</h2>}
      {examples.map(({ title, sql }) => (
        <Link key={title} href={href({ item: undefined, details: { sql } })} className="query-entry">
          {title}
        </Link>
      ))}
      {questions.length > 0 && <h2 className="minor">Questions</h2>}
      {questions.map(({ name, summary }) => (
        <Link
          key={name}
          href={href({ item: name, details: {} })}
          className="query-entry"
          aria-current={open === name ? "page" : undefined}
          title={summary}
        >
          <span className="mono">{name}</span> <span className="muted">{summary}</span>
        </Link>
      ))}
      {asked.length > 0 && <h2 className="minor">Asked before</h2>}
      {asked.map(({ title, href: address }) => (
        <Link key={address} href={address} className="query-entry mono" title={title}>
          {title}
        </Link>
      ))}
    </nav>
  );
}
