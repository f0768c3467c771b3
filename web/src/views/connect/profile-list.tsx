import type { ProfileRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { useAnswer } from "../../server/hooks.ts";
import { useCommand } from "../../server/use-command.ts";
import { AttachWait } from "./attach-wait.tsx";

/** What the user attaches to often; nothing where there is none. */
export function ProfileList(): ReactElement | null {
  const { data, error } = useAnswer("profiles", {});
  if (!error && !data?.length) return null;
  return (
    <>
      <h2>Profiles</h2>
      {error && (
        <p className="form-error" role="alert">
          {error.message}
        </p>
      )}
      <ul className="node-list" aria-label="Profiles">
        {data?.map((profile) => (
          <ProfileEntry key={profile.name} profile={profile} />
        ))}
      </ul>
    </>
  );
}

function ProfileEntry({ profile }: { readonly profile: ProfileRow }): ReactElement {
  const { run, running, error } = useCommand("attach");
  const { name, node, way } = profile;
  return (
    <li>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run({ node, profile: name });
        }}
      >
        <strong>{name}</strong>
        <span className="mono">{node}</span>
        {way?.ssh && <span className="muted">through {way.ssh.destination}</span>}
        <button type="submit" className="button primary" disabled={running} aria-label={`Attach to ${name}`}>
          {running ? "Attaching…" : "Attach"}
        </button>
      </form>
      {running && <AttachWait node={node} />}
      {error && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}
