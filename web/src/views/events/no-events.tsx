import type { ReactElement } from "react";
import { StateBox } from "../../parts/state-box.tsx";
import { type Filters, filterCount } from "../../place/place.ts";
import { go } from "../../place/use-place.ts";
import { useStatus } from "../../server/hooks.ts";
import { QuietHint } from "../connect/quiet-hint.tsx";

const WORDS: readonly { readonly key: keyof Filters; readonly text: string }[] = [
  { key: "kinds", text: "the kinds" },
  { key: "process", text: "the process" },
  { key: "mfa", text: "the function" },
  { key: "tag", text: "the tag" },
  { key: "from", text: "the range" },
];

const drop = (key: keyof Filters): void =>
  go((place) => {
    const { from: _from, to: _to, ...others } = place.filters;
    if (key === "from") return { filters: others };
    const { [key]: _dropped, ...rest } = place.filters;
    return { filters: rest };
  });

/** Nothing matches: which filter to drop. Without a filter: what to do to see something. */
export function NoEvents({ filters }: { readonly filters: Filters }): ReactElement {
  const status = useStatus();
  if (filterCount(filters) === 0) {
    return (
      <StateBox title={status?.nodes.length ? "Nothing has been recorded yet" : "No node is observed"}>
        <QuietHint />
      </StateBox>
    );
  }
  return (
    <StateBox title="Nothing matches">
      <DropFilters filters={filters} />
    </StateBox>
  );
}

/** A button for each filter that is set. */
export function DropFilters({ filters }: { readonly filters: Filters }): ReactElement {
  return (
    <p className="actions">
      {WORDS.filter(({ key }) => filters[key] !== undefined).map(({ key, text }) => (
        <button key={key} type="button" className="button" onClick={() => drop(key)}>
          Drop {text}
        </button>
      ))}
    </p>
  );
}
