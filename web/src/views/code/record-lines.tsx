import type { ReactElement } from "react";
import { keptControl } from "../../domain/control-text.ts";
import { useStatus } from "../../server/hooks.ts";
import { useCommand } from "../../server/use-command.ts";

/** Records the lines of a module from now on, or no longer; a refusal says why. */
export function RecordLines({ module }: { readonly module: string }): ReactElement | null {
  const node = useStatus()?.nodes.find(({ state }) => state === "connected");
  const { run, running, error } = useCommand("tracing");
  if (!node) return null;
  const isOn = node.lines.includes(module);
  const lines = isOn ? node.lines.filter((name) => name !== module) : [...node.lines, module];
  const input = { level: node.level, patterns: node.patterns, lines, ...keptControl(node) };
  return (
    <>
      {error && (
        <span className="failed record-refused" role="alert" title={error}>
          {error}
        </span>
      )}
      <button
        type="button"
        className={`button small${isOn ? "" : " primary"}`}
        disabled={running}
        title="The module is rebuilt on the node with a probe before every line; the original comes back when that ends"
        onClick={() => void run(input)}
      >
        {isOn ? "Stop recording its lines" : "Record the lines of this module"}
      </button>
    </>
  );
}
