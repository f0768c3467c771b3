export { Clock } from "./clock.ts";
export { atomText, Lookup, mfaText } from "./lookup.ts";
export { changesOf, isPeerTag, nodeSplits } from "./node-splits.ts";
export { QueryEngine, type Recording } from "./query-engine.ts";
export { isRedacted, type RecordedCallback, recordedCallbacks } from "./replay-query.ts";
export { differences, recordedOutcome, replayedOutcome } from "./replay-rows.ts";
export { Sources, sourceKey, sourceTextKey } from "./sources.ts";
export { tableEvents } from "./table-events.ts";
