import type { FoundNode, Way } from "elixirscope/protocol";
import { type ReactElement, useState } from "react";
import { useCommand } from "../../server/use-command.ts";
import { AttachWait } from "./attach-wait.tsx";

/** One node that can be attached to; behind SSH its name can be changed, since EPMD does not know what it is called as a whole. */
export function NodeEntry({
  node,
  way,
}: {
  /** Absent: one that is to be named. */
  readonly node: FoundNode | undefined;
  readonly way: Way | undefined;
}): ReactElement {
  const [cookie, setCookie] = useState("");
  const [name, setName] = useState(node ? fullName(node) : "");
  const { run, running, error, code } = useCommand("attach");
  const refused = code?.includes("COOKIE") ?? false;
  const attached = node?.attached ?? false;
  return (
    <li>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run({ node: name, ...(way && { way }), ...(cookie && { cookie }) });
        }}
      >
        {way ? (
          <input
            type="text"
            className="mono"
            aria-label={node ? `Full name of ${node.name}` : "Full name of another node"}
            placeholder="another: my_app@10.0.0.5"
            spellCheck={false}
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        ) : (
          <strong className="mono">{name}</strong>
        )}
        {node && <span className="muted">port {node.port}</span>}
        {(refused || cookie !== "") && (
          <input
            type="password"
            aria-label={`Cookie of ${name}`}
            placeholder="its cookie"
            autoComplete="off"
            value={cookie}
            onChange={({ target }) => setCookie(target.value)}
          />
        )}
        <button type="submit" className="button primary" disabled={running || attached || name === ""}>
          {attached ? "Attached" : running ? "Attaching…" : "Attach"}
        </button>
      </form>
      {running && <AttachWait node={name} />}
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}

const fullName = ({ name, host }: FoundNode): string => (name.includes("@") ? name : `${name}@${host}`);
