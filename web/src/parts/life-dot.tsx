import type { ReactElement } from "react";

/** Filled: alive. Hollow: ended. The word for screen readers. */
export function LifeDot({ alive }: { readonly alive: boolean }): ReactElement {
  return (
    <span className={alive ? "life alive" : "life dead"} role="img" aria-label={alive ? "alive" : "ended"} />
  );
}
