/** How much is recorded; each level holds the ones before it. `flows`, `state` and `lines` come with later collectors. */
export const LEVELS = ["observe", "messages", "calls"] as const;
export type Level = (typeof LEVELS)[number];
