import type { LiveViewAnswer } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { TermInline } from "../../parts/term-inline.tsx";

/** Assigns by name. */
export const Assigns = ({ rows }: { readonly rows: LiveViewAnswer["assigns"] }): ReactElement => (
  <dl className="assigns">
    {rows.map(({ key, value }) => (
      <div key={key}>
        <dt className="mono">{key}</dt>
        <dd className="mono ellipsis" title={value.text}>
          <TermInline text={value.text} />
        </dd>
      </div>
    ))}
  </dl>
);
