import type { ReactElement } from "react";
import { go } from "../../place/use-place.ts";

/** To the flow that something is a part of; nothing where none is known. */
export function FlowButton({
  flow,
  text = "flow",
}: {
  readonly flow: string | null;
  readonly text?: string;
}): ReactElement | null {
  if (flow === null) return null;
  return (
    <button
      type="button"
      className="link-button"
      title="The flow that it is a part of"
      onClick={() => go({ view: "flow", item: flow, selection: undefined })}
    >
      {text}
    </button>
  );
}
