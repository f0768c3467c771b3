import { type KeyboardEvent, type ReactElement, useDeferredValue, useId, useRef, useState } from "react";
import { lineAt, withLine } from "../domain/typed-line.ts";
import { useAnswer } from "../server/hooks.ts";

interface Props {
  readonly what: "functions" | "modules";
  readonly value: string;
  readonly onChange: (text: string) => void;
}

const SHOWN = 8;

/** Names of the node, one a line, completed from what it has loaded. */
export function NameField({ what, value, onChange }: Props): ReactElement {
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const [caret, setCaret] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const line = lineAt(value, caret).text;
  const typed = useDeferredValue(line);
  const { data } = useAnswer(
    "completions",
    { text: typed, what, limit: SHOWN },
    { enabled: open && typed.length > 0 },
  );
  // What has arguments or a condition is past names. The answer may still be that to a shorter text: Enter takes nothing that is not meant.
  const fits = (name: string): boolean =>
    name !== line && name.toLowerCase().includes(line.toLowerCase().replace(/^:/, ""));
  const rows = open && !/[(\s]/.test(line) ? (data?.rows ?? []).filter(fits) : [];
  const take = (name: string): void => {
    const next = withLine(value, caret, name);
    onChange(next.text);
    setCaret(next.caret);
    setActive(0);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
    else if (rows.length === 0) return;
    else if (step !== 0) setActive((active + step + rows.length) % rows.length);
    else if (event.key === "Enter" && rows[active]) take(rows[active]);
    else return;
    event.preventDefault();
  };
  return (
    <div className="name-field">
      <textarea
        id="named"
        ref={field}
        // biome-ignore lint/a11y/noAutofocus: the form was opened to type into this field
        autoFocus
        rows={4}
        spellCheck={false}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={rows.length > 0 ? `${listId}-${active}` : undefined}
        value={value}
        onChange={({ target }) => {
          onChange(target.value);
          setCaret(target.selectionStart);
          setOpen(true);
          setActive(0);
        }}
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
      />
      <div className="name-list" id={listId} role="listbox" aria-label="In the node">
        {rows.map((name, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the combobox that owns this list
          <div
            key={name}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className="name-entry mono"
            onClick={() => take(name)}
          >
            {name}
          </div>
        ))}
      </div>
    </div>
  );
}
