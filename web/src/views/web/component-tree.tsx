import type { ComponentRow } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { offset, plural } from "../../domain/format.ts";
import { select } from "../../place/use-place.ts";
import { Assigns } from "./assigns.tsx";
import { AssignChanges } from "./live-view-steps.tsx";

/** Stateful components of a page in the components that they stand in, with what each holds and how it came about. */
export function ComponentTree({
  components,
}: {
  readonly components: readonly ComponentRow[];
}): ReactElement {
  const known = new Set(components.map(keyOf));
  const roots = components.filter(
    ({ process, parent }) => parent === null || !known.has(keyOf({ process, cid: parent })),
  );
  return (
    <ul aria-label="Components">
      {roots.map((component) => (
        <Component key={keyOf(component)} component={component} all={components} />
      ))}
    </ul>
  );
}

/** Numbers of components are those of their process. */
const keyOf = ({ process, cid }: Pick<ComponentRow, "process" | "cid">): string =>
  `${process?.handle ?? ""} ${cid}`;

interface Props {
  readonly component: ComponentRow;
  readonly all: readonly ComponentRow[];
}

function Component({ component, all }: Props): ReactElement {
  const { module, cid, componentId, goneAt, assigns, versions, process } = component;
  const inside = all.filter((one) => one.parent === cid && one.process?.handle === process?.handle);
  return (
    <li className={goneAt === null ? "component" : "component gone"}>
      <p>
        {module} <span className="mono muted">{componentId?.text}</span>{" "}
        {goneAt !== null && <span className="tag">gone since {offset(goneAt)}</span>}
      </p>
      <p className="muted">{didText(component)}</p>
      <Assigns rows={assigns} />
      {versions.length > 1 && (
        <details>
          <summary>{plural(versions.length, "version")}</summary>
          <ul>
            {versions.map((version) => (
              <li key={version.id}>
                <button
                  type="button"
                  className="link-button mono"
                  onClick={() => select({ type: "event", id: version.id })}
                >
                  {offset(version.t)}
                </button>
                <AssignChanges rows={version.assigns} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {inside.length > 0 && (
        <ul>
          {inside.map((child) => (
            <Component key={keyOf(child)} component={child} all={all} />
          ))}
        </ul>
      )}
    </li>
  );
}

const didText = ({ updates, events, renders, sent }: ComponentRow): string =>
  [
    plural(updates, "update"),
    plural(events, "event"),
    renders === null ? "renders not told" : plural(renders, "render"),
    `in ${plural(sent, "diff")}`,
  ].join(" · ");
