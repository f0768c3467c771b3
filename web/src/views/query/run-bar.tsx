import { Play, Square } from "lucide-react";
import type { ReactElement } from "react";
import type { Console } from "./use-console.ts";

interface Props {
  readonly run: Console;
  readonly disabled: boolean;
  /** Nothing: the form around it runs. */
  readonly onRun: (() => void) | undefined;
  readonly hint: string;
}

/** Run, and while it runs, stop: one place, so that nothing moves. */
export function RunBar({ run, disabled, onRun, hint }: Props): ReactElement {
  return (
    <div className="run-bar">
      {run.running ? (
        <button type="button" className="button" onClick={run.stop}>
          <Square size={13} aria-hidden="true" /> Stop
        </button>
      ) : (
        <button
          type={onRun ? "button" : "submit"}
          className="button primary"
          disabled={disabled}
          onClick={onRun}
        >
          <Play size={13} aria-hidden="true" /> Run
        </button>
      )}
      <span className="muted">{run.running ? "It may take up to 30 s." : hint}</span>
    </div>
  );
}
