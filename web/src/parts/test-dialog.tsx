import type { GenerateTestsAnswer, GenerateTestsInput } from "elixirscope/protocol";
import { Copy, Download } from "lucide-react";
import { type ReactElement, useMemo } from "react";
import { tokenize } from "../domain/elixir-tokens.ts";
import { count } from "../domain/format.ts";
import { useAnswer } from "../server/hooks.ts";
import { Modal } from "./modal.tsx";
import { say } from "./notice.ts";
import { saveFile } from "./save-file.ts";
import { LoadingRows, StateBox } from "./state-box.tsx";
import { Tokens } from "./term-inline.tsx";

interface Props {
  readonly of: GenerateTestsInput;
  readonly onClose: () => void;
}

/** The source of tests, to be copied or saved, with what no test could be made of. */
export function TestDialog({ of, onClose }: Props): ReactElement {
  const { data, error } = useAnswer("generateTests", of);
  return (
    <Modal label="Tests" className="sheet test-dialog" onClose={onClose}>
      <div className="sheet-head">
        <h2>Tests of what was recorded</h2>
        {data && data.source !== "" && <Actions answer={data} />}
      </div>
      {error && (
        <StateBox title="There is no test" tone="failure">
          <p>{error.message}</p>
        </StateBox>
      )}
      {!data && !error && <LoadingRows rows={8} />}
      {data && <Tests answer={data} />}
    </Modal>
  );
}

function Actions({ answer: { source, path } }: { readonly answer: GenerateTestsAnswer }): ReactElement {
  const name = path.split("/").at(-1) ?? "recorded_test.exs";
  return (
    <>
      <button type="button" className="button" onClick={() => void copy(source)}>
        <Copy size={14} aria-hidden="true" /> Copy
      </button>
      <button type="button" className="button" onClick={() => saveFile(source, name, "text/plain")}>
        <Download size={14} aria-hidden="true" /> Save
      </button>
    </>
  );
}

async function copy(source: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(source);
    say("Copied.");
  } catch (error) {
    say(`Not copied: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function Tests({ answer }: { readonly answer: GenerateTestsAnswer }): ReactElement {
  const { source, path, tests, left, alike } = answer;
  const tokens = useMemo(() => tokenize(source), [source]);
  return (
    <>
      {tests.length === 0 ? (
        <StateBox title="There is no test" />
      ) : (
        <p className="muted">
          {count(tests.length)} {tests.length === 1 ? "test" : "tests"}
          {alike > 0 && `; ${count(alike)} more behaved the same as one of them`}. A place for it:{" "}
          <span className="mono">{path}</span>
        </p>
      )}
      {left.length > 0 && (
        <ul className="test-left" aria-label="Not tested">
          {left.map(({ what, why, events }) => (
            <li key={`${what} ${why} ${events.join()}`}>
              <span className="mono">{what}</span>: {why}
            </li>
          ))}
        </ul>
      )}
      {source !== "" && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keys
        <pre className="test-source mono" tabIndex={0}>
          <Tokens tokens={tokens} />
        </pre>
      )}
    </>
  );
}
