import { type ReactElement, useState } from "react";
import { focusList } from "../../parts/focus-list.ts";
import type { Filters } from "../../place/place.ts";
import { go, usePlace } from "../../place/use-place.ts";

const NAMES = { process: "process", mfa: "function", tag: "tag" } as const;

interface Props {
  readonly name: "process" | "mfa" | "tag";
  readonly placeholder: string;
  /** The field that `/` goes to. */
  readonly search?: boolean;
}

/** A filter that is typed. It holds when Enter is pressed or the field is left: half a name is no filter. */
export function FilterField({ name, placeholder, search = false }: Props): ReactElement {
  const set = usePlace().filters[name] ?? "";
  // What is typed holds only against the filter it was typed over: one that is set elsewhere takes its place.
  const [draft, setDraft] = useState({ over: set, text: set });
  const text = draft.over === set ? draft.text : set;
  const commit = (value: string): void => {
    if (value.trim() !== set) apply(name, value.trim());
  };
  return (
    <input
      type="search"
      className={set ? "filter-field set" : "filter-field"}
      aria-label={`Only events of this ${NAMES[name]}`}
      placeholder={placeholder}
      spellCheck={false}
      value={text}
      {...(search && { "data-search": true })}
      onChange={({ target }) => {
        setDraft({ over: set, text: target.value });
        if (target.value === "") commit("");
      }}
      onBlur={() => commit(text)}
      onKeyDown={(event) => {
        if (event.key === "Enter") commit(text);
        // Leaves the field; the browser would empty it, and with it the filter.
        if (event.key === "Escape") {
          event.preventDefault();
          focusList();
        }
      }}
    />
  );
}

function apply(name: Props["name"], value: string): void {
  go(
    ({ filters }) => {
      const { [name]: _dropped, ...rest } = filters;
      const next: Filters = value === "" ? rest : { ...rest, [name]: value };
      return { filters: next };
    },
    { replace: true },
  );
}
