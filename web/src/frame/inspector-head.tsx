import { X } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { select } from "../place/use-place.ts";

/** Title line of the inspector. */
export function InspectorHead({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <header className="inspector-head">
      {children}
      <button
        type="button"
        className="icon-button"
        aria-label="Close the inspector (Esc)"
        title="Close (Esc)"
        onClick={() => select(undefined)}
      >
        <X size={16} aria-hidden="true" />
      </button>
    </header>
  );
}
