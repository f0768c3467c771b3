/** How much is recorded; each level holds the ones before it. `flows` and `lines` come with later collectors. */
export const LEVELS = ["observe", "messages", "state", "calls"] as const;
export type Level = (typeof LEVELS)[number];
