import type { ReactElement } from "react";
import { Link } from "wouter";
import { moduleIn, moduleOf, sourcePlace } from "../domain/source-place.ts";
import { useHref } from "../place/use-place.ts";
import { useAnswer } from "../server/hooks.ts";

interface Props {
  /** `lib/shop/cart.ex:40` */
  readonly place: string;
  /** The function that it stands in, where that is known. */
  readonly mfa?: string;
}

/** A line of a source; leads to the code view, which has the way to the editor. Whose source is not known stays text. */
export function PlaceLink({ place, mfa }: Props): ReactElement {
  const known = mfa === undefined ? undefined : moduleOf(mfa);
  const found = sourcePlace(place);
  return found && known === undefined ? (
    <FileLink place={place} file={found.file} line={found.line} />
  ) : (
    <ModuleLink place={place} module={known} line={found?.line} />
  );
}

/** Which module's source a file is, the record or the node knows. */
function FileLink({
  place,
  file,
  line,
}: {
  readonly place: string;
  readonly file: string;
  readonly line: number;
}): ReactElement {
  const { data } = useAnswer("modules", {});
  return <ModuleLink place={place} module={moduleIn(file, data ?? [])} line={line} />;
}

function ModuleLink({
  place,
  module,
  line,
}: {
  readonly place: string;
  readonly module: string | undefined;
  readonly line: number | undefined;
}): ReactElement {
  const href = useHref();
  if (module === undefined || line === undefined) return <span className="muted">{place}</span>;
  return (
    <Link
      className="link-button"
      title={`Source of ${module}`}
      href={href({ view: "code", process: undefined, item: module, line })}
    >
      {place}
    </Link>
  );
}
