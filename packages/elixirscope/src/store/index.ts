export type {
  EventFilter,
  EventQuery,
  RateQuery,
  RateSeries,
  StoredEvent,
  StoreTotals,
  TraceStore,
} from "./trace-store.ts";
