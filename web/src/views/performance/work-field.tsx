import { type ReactElement, useId, useState } from "react";
import { focusList } from "../../parts/focus-list.ts";

interface Props {
  readonly label: string;
  readonly hint: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** Restricts what is looked at; Enter takes it, Escape drops it. */
export function WorkField({ label, hint, value = "", onChange }: Props): ReactElement {
  const id = useId();
  const [state, setState] = useState({ value, draft: value });
  if (state.value !== value) setState({ value, draft: value });
  const take = (text: string): void => onChange(text.trim() === "" ? undefined : text.trim());
  return (
    <span className="work-field">
      <label htmlFor={id} className="muted">
        {label}
      </label>
      <input
        id={id}
        type="text"
        className={value === "" ? "filter-field" : "filter-field set"}
        placeholder={hint}
        spellCheck={false}
        autoComplete="off"
        value={state.draft}
        onChange={({ target }) => setState({ value, draft: target.value })}
        onBlur={() => state.draft !== value && take(state.draft)}
        onKeyDown={({ key }) => {
          if (key === "Enter") take(state.draft);
          if (key === "Escape") {
            take("");
            focusList();
          }
        }}
      />
    </span>
  );
}
