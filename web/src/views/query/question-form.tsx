import type { CatalogueEntry, CatalogueParameter } from "elixirscope/protocol";
import type { ReactElement, ReactNode } from "react";
import { WORDS } from "../../domain/question-input.ts";

interface Props {
  readonly entry: CatalogueEntry;
  readonly given: Readonly<Record<string, string>>;
  /** What is wrong, by parameter; shown once it was tried to ask. */
  readonly wrong: Readonly<Record<string, string>>;
  readonly onChange: (given: Readonly<Record<string, string>>) => void;
  readonly onRun: () => void;
  readonly children: ReactNode;
}

/** A question of the catalogue: a field for each thing that it takes. */
export function QuestionForm({ entry, given, wrong, onChange, onRun, children }: Props): ReactElement {
  return (
    <form
      className="question-form"
      aria-label={entry.summary}
      onSubmit={(event) => {
        event.preventDefault();
        onRun();
      }}
    >
      <p className="muted">{entry.summary}</p>
      <div className="question-fields">
        {entry.parameters.map((parameter) => (
          <div key={parameter.name} className="question-field">
            <label htmlFor={`in-${parameter.name}`}>
              {parameter.name}
              {parameter.required && <span className="muted"> (needed)</span>}
            </label>
            <Field
              id={`in-${parameter.name}`}
              parameter={parameter}
              value={given[parameter.name] ?? ""}
              onChange={(value) => onChange({ ...given, [parameter.name]: value })}
            />
            {wrong[parameter.name] !== undefined && (
              <span className="form-error" role="alert">
                {wrong[parameter.name]}
              </span>
            )}
          </div>
        ))}
      </div>
      {children}
    </form>
  );
}

interface FieldProps {
  readonly id: string;
  readonly parameter: CatalogueParameter;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Field({ id, parameter: { type, values, help }, value, onChange }: FieldProps): ReactElement {
  const choices = type === "boolean" ? ["true", "false"] : type === "list" ? [] : values;
  if (choices.length > 0) {
    return (
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">any</option>
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  }
  const of = values.length > 0 ? `: ${values.join(", ")}` : "";
  return (
    <input
      id={id}
      type="text"
      value={value}
      placeholder={help || WORDS[type]}
      title={`${WORDS[type]}${of}`}
      spellCheck={false}
      autoComplete="off"
      onChange={({ target }) => onChange(target.value)}
    />
  );
}
