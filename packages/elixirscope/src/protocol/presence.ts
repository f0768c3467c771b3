import { z } from "zod";
import type { Push } from "./answers.ts";

// Several people at one session: what a page says of itself over the WebSocket, and what it hears of the others.

/** Where somebody is. */
export interface Here {
  readonly type: "here";
  /** As they want to be called; "": they did not say. */
  readonly name: string;
  /** Path and query of the page: view, cursor, selection, filters. */
  readonly href: string;
  /** They show the others the way. */
  readonly leads: boolean;
  /** Whom they follow, by id. */
  readonly follows: number | null;
}

export interface Person extends Omit<Here, "type"> {
  readonly id: number;
  /** 0 to 7. */
  readonly colour: number;
  /** Since when they lead, as a number that grows with whoever begins to; 0: they do not. */
  readonly led: number;
}

export interface PeoplePush {
  readonly type: "people";
  /** Which of them is the one that this was sent to; null: there were too many already. */
  readonly you: number | null;
  readonly people: readonly Person[];
}

/** What comes over the WebSocket. */
export type LivePush = Push | PeoplePush;

/** Longest of a name, and of an address: that of a long question in SQL is not told. */
const NAME_CHARACTERS = 40;
const HREF_CHARACTERS = 8_000;

export const hereSchema: z.ZodType<Here> = z.strictObject({
  type: z.literal("here"),
  name: z.string().trim().max(NAME_CHARACTERS),
  href: z
    .string()
    .max(HREF_CHARACTERS)
    .regex(/^\/(?!\/)/),
  leads: z.boolean(),
  follows: z.number().int().positive().nullable(),
});
