import { type ReactElement, useState } from "react";

/** Where else to look: a host that one logs in to. Keys come from files and the agent; what has to be asked for, the terminal asks. */
export function SshField({
  destination,
  onChoose,
}: {
  readonly destination: string;
  readonly onChoose: (destination: string) => void;
}): ReactElement {
  const [text, setText] = useState(destination);
  return (
    <form
      className="ssh-field"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(text.trim());
      }}
    >
      <label>
        On another machine, through SSH
        <input
          type="text"
          className="mono"
          placeholder="user@host"
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </label>
      <button type="submit" className="button">
        Look there
      </button>
    </form>
  );
}
