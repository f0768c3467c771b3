import type { TraceStore } from "../store/index.ts";
import type { Clock } from "./clock.ts";

/** The instants that a question is about; where it gives none, those of the record. */
export async function timeSpan(
  input: { readonly from?: number | undefined; readonly to?: number | undefined },
  { store, clock }: { readonly store: TraceStore; readonly clock: Clock },
): Promise<{ readonly from: number; readonly to: number }> {
  const { first = clock.origin, last = clock.origin } = await store.totals();
  return { from: input.from ?? clock.t(first), to: input.to ?? clock.t(last) };
}
