import { usePlace } from "./use-place.ts";

/** The node that is looked at alone; nothing where all are. */
export const useNode = (): string | undefined => usePlace().node;
