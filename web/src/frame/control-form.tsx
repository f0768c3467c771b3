import type { NodeStatus } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { controlInput, fieldsOf } from "../domain/control-fields.ts";
import { loweredWords, onlyOf, outcomeWords } from "../domain/control-text.ts";
import { useCommand } from "../server/use-command.ts";

const FIELDS = [
  { name: "apps", label: "Applications", hint: "my_app" },
  { name: "modules", label: "Modules", hint: "MyApp.*" },
  { name: "under", label: "Supervisors", hint: "MyApp.Supervisor" },
  { name: "processes", label: "Processes", hint: "MyApp.Counter, #PID<0.123.0>" },
  { name: "except", label: "Never", hint: "MyApp.Poller, app:noise" },
  { name: "share", label: "% of processes", hint: "100" },
  { name: "calls", label: "Calls/s of each function", hint: "no limit" },
  { name: "flows", label: "Every n-th flow", hint: "1" },
  { name: "told", label: "Told/s of each function", hint: "as the agent has it" },
  { name: "events", label: "Events/s", hint: "no limit" },
  { name: "megabytes", label: "MB/s", hint: "no limit" },
  { name: "memory", label: "MB in the node", hint: "64" },
  { name: "cpu", label: "% of a scheduler", hint: "no limit" },
] as const;

/** Who is traced, which part of it, and what it may cost; what became of that so far. */
export function ControlForm({
  node,
  of,
  onDone,
}: {
  readonly node: NodeStatus;
  readonly of: string | undefined;
  readonly onDone: () => void;
}): ReactElement {
  const [fields, setFields] = useState(() => fieldsOf(node.control));
  const { run, running, error } = useCommand("tracing");
  const input = controlInput(fields);
  const submit = async (): Promise<void> => {
    if (typeof input === "string") return;
    if (
      await run({
        ...onlyOf(of),
        level: node.level,
        patterns: node.patterns,
        lines: node.lines,
        flows: node.flows.patterns,
        ...input,
      })
    )
      onDone();
  };
  const lowered = loweredWords(node);
  return (
    <form
      className="control-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <p className="muted">Each with all that it spawns. Empty: everybody, everything, no limit.</p>
      {FIELDS.map(({ name, label, hint }) => (
        <label key={name}>
          <span>{label}</span>
          <input
            value={fields[name]}
            placeholder={hint}
            spellCheck={false}
            onChange={({ target }) => setFields({ ...fields, [name]: target.value })}
          />
        </label>
      ))}
      {lowered !== undefined && <p role="status">{lowered}</p>}
      <p className="muted">{outcomeWords(node.control)}</p>
      {(typeof input === "string" || error) && (
        <div className="form-error" role="alert">
          {typeof input === "string" ? input : error}
        </div>
      )}
      <div className="popover-foot">
        <button type="submit" className="button primary" disabled={running || typeof input === "string"}>
          Apply
        </button>
      </div>
    </form>
  );
}
