import { usePlace } from "./use-place.ts";

/** The instant that is looked at; nothing while the cursor follows now. */
export function useInstant(): number | undefined {
  const { cursor } = usePlace();
  return cursor === "live" ? undefined : cursor;
}
