import { type ReactElement, useState } from "react";
import { suggestions } from "../../domain/suggestions.ts";
import { go } from "../../place/use-place.ts";
import { useAnswer } from "../../server/hooks.ts";

const CLICKS = 20;
const CRASHES = 10;

/** Puts a question into the URL, which is what answers it. */
const askFor = (question: string): void =>
  go({ details: { question }, selection: undefined, cursor: "live" });

/** Where a question is typed, with some that the record suggests. */
export function AskForm({ asked }: { readonly asked: string | undefined }): ReactElement {
  const [text, setText] = useState(asked ?? "");
  const question = text.trim();
  return (
    <form
      className="ask-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (question.length >= LEAST) askFor(question);
      }}
    >
      <div className="ask-line">
        <input
          type="search"
          data-search
          // biome-ignore lint/a11y/noAutofocus: the view is there to be typed into
          autoFocus={asked === undefined}
          aria-label="Question"
          placeholder="Why didn’t the counter update when I clicked increment?"
          maxLength={1_000}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <button type="submit" className="button primary" disabled={question.length < LEAST}>
          Ask
        </button>
      </div>
      {asked === undefined && <Suggestions />}
    </form>
  );
}

/** Shorter ones the protocol does not take. */
const LEAST = 3;

function Suggestions(): ReactElement {
  const crashes = useAnswer("crashes", { limit: CRASHES });
  const clicks = useAnswer("flows", { entry: "click", limit: CLICKS });
  return (
    <ul className="ask-suggestions" aria-label="Suggestions">
      {suggestions(crashes.data?.rows ?? [], clicks.data?.rows ?? []).map((question) => (
        <li key={question}>
          <button type="button" className="chip" onClick={() => askFor(question)}>
            {question}
          </button>
        </li>
      ))}
    </ul>
  );
}
