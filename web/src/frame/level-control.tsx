import type { NodeStatus } from "elixirscope/protocol";
import { type ReactElement, useCallback, useState } from "react";
import { isLimited, keptControl, loweredWords } from "../domain/control-text.ts";
import { Popover } from "../parts/popover.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { useCommand } from "../server/use-command.ts";
import { ControlForm } from "./control-form.tsx";

type Level = NodeStatus["level"];

const LEVELS: readonly { readonly value: Level; readonly text: string; readonly title: string }[] = [
  {
    value: "observe",
    text: "observe",
    title: "Processes: who starts, ends, is called what, and how they are",
  },
  {
    value: "flows",
    text: "flows",
    title: "And what requests and events lead to, from process to process",
  },
  { value: "messages", text: "messages", title: "And every message, sent and received" },
  { value: "state", text: "state", title: "And the state of every OTP process after each callback" },
  {
    value: "calls",
    text: "calls…",
    title: "And calls of the functions you name, with arguments and results",
  },
];

/** How much is recorded. The level `calls` asks which functions. */
export function LevelControl({ node }: { readonly node: NodeStatus }): ReactElement {
  const [asking, setAsking] = useState(false);
  const [limiting, setLimiting] = useState(false);
  const close = useCallback(() => setAsking(false), []);
  const closeLimits = useCallback(() => setLimiting(false), []);
  const { run, running, error } = useCommand("tracing");
  const change = (level: Level): void => {
    if (level === "calls") setAsking(true);
    else void run({ level, ...keptControl(node) });
  };
  return (
    <div className="level-control">
      <span className="muted" id="level-label">
        level
      </span>
      <Segmented label="Level" value={node.level} options={LEVELS} onChange={change} disabled={running} />
      {node.level === "calls" && (
        <button type="button" className="link-button" onClick={() => setAsking(!asking)}>
          {node.patterns.length === 1 ? node.patterns[0] : `${node.patterns.length} patterns`}
        </button>
      )}
      <InForce node={node} />
      <button
        type="button"
        className="link-button"
        title="Who is recorded, which part of it, and what it may cost"
        onClick={() => setLimiting(!limiting)}
      >
        {isLimited(node.control) ? "limits set" : "limits…"}
      </button>
      {limiting && (
        <Popover label="Who, how much, at what price" onClose={closeLimits}>
          <ControlForm node={node} onDone={closeLimits} />
        </Popover>
      )}
      {error && !asking && (
        <span className="command-error" role="alert">
          {error}
        </span>
      )}
      {asking && (
        <Popover label="Calls to record" onClose={close}>
          <PatternForm node={node} onDone={close} />
        </Popover>
      )}
    </div>
  );
}

/** That a lower level is in force than the one that is wanted. */
function InForce({ node }: { readonly node: NodeStatus }): ReactElement | null {
  const words = loweredWords(node);
  if (words === undefined) return null;
  return (
    <span className="in-force" role="status" title={words}>
      {node.control.inForce === "off" ? "paused" : `${node.control.inForce} only`}
    </span>
  );
}

function PatternForm({
  node,
  onDone,
}: {
  readonly node: NodeStatus;
  readonly onDone: () => void;
}): ReactElement {
  const [text, setText] = useState(node.patterns.join("\n"));
  const { run, running, error } = useCommand("tracing");
  const wanted = text
    .split("\n")
    .map((line) => line.trim())
    .filter((pattern) => pattern !== "");
  const submit = async (): Promise<void> => {
    if (await run({ level: "calls", patterns: wanted, ...keptControl(node) })) onDone();
  };
  return (
    <form
      className="pattern-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label htmlFor="patterns">
        Functions to record, one a line: <code>Hello.Counter.*</code>, <code>Hello.Worker.run/1</code>,{" "}
        <code>:lists.sort</code>, <code>{"Hello.Cart.add(_, %{qty: q}) when q > 10"}</code>
      </label>
      <textarea
        id="patterns"
        // biome-ignore lint/a11y/noAutofocus: the form was opened to type into this field
        autoFocus
        rows={4}
        spellCheck={false}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey))
            event.currentTarget.form?.requestSubmit();
        }}
      />
      {error && <PatternError text={error} />}
      <div className="popover-foot">
        <button type="submit" className="button primary" disabled={running || wanted.length === 0}>
          Record calls
        </button>
        <span className="muted">Ctrl Enter</span>
      </div>
    </form>
  );
}

/** What is wrong and, behind an empty line, the pattern with a caret under the place. */
function PatternError({ text }: { readonly text: string }): ReactElement {
  const [words, place] = text.split("\n\n", 2);
  return (
    <div className="form-error" role="alert">
      {words}
      {place !== undefined && <pre className="error-place">{place}</pre>}
    </div>
  );
}
