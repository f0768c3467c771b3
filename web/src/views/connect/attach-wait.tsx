import { type ReactElement, useEffect, useState } from "react";
import { useStatus } from "../../server/hooks.ts";

/** An attach that takes longer than that says what it waits for. */
const LONG_MS = 5_000;

/** Shown while an attach is under way; says nothing of one that is quick. */
export function AttachWait({ node }: { readonly node: string }): ReactElement | null {
  const [isLong, setLong] = useState(false);
  const attaching = useStatus()?.attaching;
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isLong) return null;
  return (
    <span className="muted" role="status">
      {attaching?.node === node && attaching.waitsFor !== ""
        ? `It waits for ${attaching.waitsFor}.`
        : "It waits for the node."}
    </span>
  );
}
