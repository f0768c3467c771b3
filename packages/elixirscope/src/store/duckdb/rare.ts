import { EVENT_KINDS, type EventKind } from "../../model/index.ts";

/** Of a busy recording nearly all events are messages, calls and states. */
const COMMON_KINDS: readonly EventKind[] = ["send", "receive", "call", "return", "state", "dispatch", "line"];

/**
 * By number of a kind: whether its payloads are kept apart, in `rare_pieces`, and its rows once more in `rare_events`. A
 * question about any of these kinds would have to go through all the others to get at its own.
 */
export const RARE: Uint8Array = new Uint8Array(256).fill(1);
for (const kind of COMMON_KINDS) RARE[EVENT_KINDS[kind]] = 0;

/** All others. */
export const COMMON: Uint8Array = RARE.map((rare) => 1 - rare);

/** As a condition on `events`. */
export const IS_RARE: string = `kind NOT IN (${COMMON_KINDS.map((kind) => EVENT_KINDS[kind]).join(", ")})`;

/** Is it known of each event that is asked for that it is of such a kind? */
export const areRare = (kinds: readonly EventKind[] | undefined): boolean =>
  kinds?.every((kind) => RARE[EVENT_KINDS[kind]] === 1) ?? false;
