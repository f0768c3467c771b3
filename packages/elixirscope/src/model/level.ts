/** How much is recorded; each level holds the ones before it. */
export const LEVELS = ["observe", "flows", "messages", "state", "calls", "lines"] as const;
export type Level = (typeof LEVELS)[number];
