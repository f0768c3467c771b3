/** How much is recorded; each level holds the ones before it. `lines` comes with a later collector. */
export const LEVELS = ["observe", "flows", "messages", "state", "calls"] as const;
export type Level = (typeof LEVELS)[number];
