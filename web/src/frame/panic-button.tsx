import { OctagonX } from "lucide-react";
import { type ReactElement, useState } from "react";
import { stopTracing } from "./panic.ts";

/** In sight as long as anything of ours is in a node: one press, or Ctrl and a dot, and it is out. */
export function PanicButton(): ReactElement {
  const [stopping, setStopping] = useState(false);
  const stop = async (): Promise<void> => {
    setStopping(true);
    await stopTracing();
    setStopping(false);
  };
  return (
    <button
      type="button"
      className="panic-button"
      disabled={stopping}
      aria-keyshortcuts="Control+."
      title="Takes everything of ours out of the node, at once; the recording stays (Ctrl .)"
      onClick={() => void stop()}
    >
      <OctagonX size={14} aria-hidden="true" />
      {stopping ? "Stopping" : "Stop"}
    </button>
  );
}
