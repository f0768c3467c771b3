import type { ReactElement } from "react";
import { Link } from "wouter";
import { InstantNote } from "../../parts/instant-note.tsx";
import { useHref, usePlace } from "../../place/use-place.ts";
import { ModuleList } from "./module-list.tsx";
import { SourceView } from "./source-view.tsx";

/** Sources with what ran in them: the modules of the record, or one of them. */
export function CodeView(): ReactElement {
  const { item } = usePlace();
  const href = useHref();
  if (item === undefined) return <ModuleList />;
  return (
    <div className="list-view">
      <div className="toolbar">
        <h1>
          <Link href={href({ item: undefined, line: undefined })}>Code</Link>
        </h1>
        <span className="code-module mono ellipsis" title={item}>
          {item}
        </span>
        <InstantNote />
      </div>
      <SourceView key={item} module={item} />
    </div>
  );
}
