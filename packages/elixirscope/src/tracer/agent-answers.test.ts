import { atom, type Term, tuple } from "@elixirscope/etf";
import { expect, it } from "vitest";
import { commandResult } from "./agent-answers.ts";

it.each<readonly [Term, string, string]>([
  [atom("busy"), "TRACER_REPLAY_BUSY", "Another callback is being run"],
  [tuple(atom("replay_failed"), atom("killed")), "TRACER_REPLAY_FAILED", "It could not be run: :killed."],
  [tuple(atom("too_many"), atom("processes"), 3_000), "TRACER_REPLAY_FAILED", "It refers to 3000 processes"],
])("says why a callback was not run again: %o", (reason, code, text) => {
  expect(() => commandResult(tuple(atom("error"), reason))).toThrowError(
    expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error,
  );
});
