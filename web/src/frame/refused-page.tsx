import type { ReactElement } from "react";

/** The whole page when the server does not know our token: nothing else would work. */
export function RefusedPage(): ReactElement {
  return (
    <main className="refused">
      <h1>This link needs its token</h1>
      <p>
        It has expired, or its end is missing. Run <code>elixirscope</code> in a terminal and open the URL
        that it prints, with everything after the <code>#</code>.
      </p>
      <p className="muted">
        Each start of ElixirScope makes a new token, so that no other page can look at your system.
      </p>
    </main>
  );
}
