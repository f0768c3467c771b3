import type { NodeStatus, TracingInput } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { keptControl, onlyOf } from "../domain/control-text.ts";
import { useCommand } from "../server/use-command.ts";
import { NameField } from "./name-field.tsx";

/** Levels that record what somebody names. */
export type Asked = Extract<NodeStatus["level"], "calls" | "lines">;

interface Props {
  readonly node: NodeStatus;
  /** What is changed is that of this node; left out: of all. */
  readonly of: string | undefined;
  readonly level: Asked;
  readonly onDone: () => void;
}

/** Which functions, or the lines of which modules, are to be recorded. */
export function NamedForm({ node, of, level, onDone }: Props): ReactElement {
  const [text, setText] = useState((level === "calls" ? node.patterns : node.lines).join("\n"));
  const { run, running, error } = useCommand("tracing");
  const wanted = text
    .split("\n")
    .map((line) => line.trim())
    .filter((name) => name !== "");
  const submit = async (): Promise<void> => {
    if (await run({ ...onlyOf(of), ...tracing(node, level, wanted) })) onDone();
  };
  return (
    <form
      className="pattern-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label htmlFor="named">{level === "calls" ? <CallsHelp /> : <LinesHelp />}</label>
      <NameField what={level === "calls" ? "functions" : "modules"} value={text} onChange={setText} />
      {error && <NamedError text={error} />}
      <div className="popover-foot">
        <button type="submit" className="button primary" disabled={running || wanted.length === 0}>
          Record {level}
        </button>
        <span className="muted">Ctrl Enter</span>
      </div>
    </form>
  );
}

/** Calls that are named stay named when lines are asked for. */
const tracing = (node: NodeStatus, level: Asked, wanted: readonly string[]): TracingInput =>
  level === "calls"
    ? { level, patterns: wanted, ...keptControl(node) }
    : { level, patterns: node.patterns, lines: wanted, ...keptControl(node) };

const CallsHelp = (): ReactElement => (
  <>
    Functions to record, one a line: <code>Hello.Counter.*</code>, <code>Hello.Worker.run/1</code>,{" "}
    <code>:lists.sort</code>, <code>{"Hello.Cart.add(_, %{qty: q}) when q > 10"}</code>
  </>
);

const LinesHelp = (): ReactElement => (
  <>
    Modules whose lines to record, one a line: <code>Hello.Counter</code>, <code>Hello.*</code>. Each is
    rebuilt in the node with a probe on every line, and put back exactly when the level changes.
  </>
);

/** What is wrong and, behind an empty line, the name with a caret under the place. */
function NamedError({ text }: { readonly text: string }): ReactElement {
  const [words, place] = text.split("\n\n", 2);
  return (
    <div className="form-error" role="alert">
      {words}
      {place !== undefined && <pre className="error-place">{place}</pre>}
    </div>
  );
}
