import type { FlowSpan } from "elixirscope/protocol";
import type { ReactElement } from "react";
import { webOf } from "../../domain/flow-web.ts";
import { go } from "../../place/use-place.ts";

/** From a flow to the requests and LiveViews that it went through. */
export function FlowWeb({ root }: { readonly root: FlowSpan }): ReactElement {
  const { requests, liveViews } = webOf(root);
  return (
    <>
      {requests.map(({ id, text }) => (
        <button
          key={id}
          type="button"
          className="link-button mono"
          title="The request, with its way through the plugs"
          onClick={() => go({ view: "web", section: "requests", item: String(id), selection: undefined })}
        >
          {text}
        </button>
      ))}
      {liveViews.map(({ process, label }) => (
        <button
          key={process}
          type="button"
          className="link-button"
          title="The LiveView, step by step"
          onClick={() => go({ view: "web", section: "liveviews", item: process, selection: undefined })}
        >
          {label}
        </button>
      ))}
    </>
  );
}
