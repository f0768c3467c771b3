import { atom, encode, ImproperList, Pid, Reference, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { type CallbackStep, CallbackWalk } from "./callback-walk.ts";

interface Event {
  readonly id: number;
  readonly ts: bigint;
  readonly kind: string;
  readonly pid: number;
  readonly payload: Uint8Array;
  readonly name: string;
  readonly tag: string;
}

const CALLER = new Pid("n@h", 9, 0, 1);
const ref = (n: number): Reference => new Reference("n@h", 1, [n, 0, 0]);
const bytes = (term: Term): Uint8Array => encode(term).subarray(1);
const call = (n: number): Term => tuple(atom("$gen_call"), tuple(CALLER, ref(n)), atom("ask"));
const cast = (name: string): Term => tuple(atom("$gen_cast"), atom(name));

/** A record of one process, step by step. */
class Story {
  readonly #walk: CallbackWalk<Event>;
  #id = 0;

  constructor(exact = true) {
    const names = {
      function: ({ name }: Event) => {
        const [module, fun] = name.split(":");
        return module && fun ? { module, function: fun } : undefined;
      },
      tag: ({ tag }: Event) => tag,
    };
    this.#walk = new CallbackWalk(names, exact);
  }

  #step(kind: string, payload: Uint8Array, name: string, tag: string): CallbackStep<Event> | undefined {
    const id = ++this.#id;
    return this.#walk.step({ id, ts: BigInt(id * 10), kind, pid: 1, payload, name, tag });
  }

  receive(message: Term, tag: string): number {
    this.#step("receive", bytes(message), "", tag);
    return this.#id;
  }

  dispatch(name: string, tag = "", by?: Term): void {
    this.#step("dispatch", by === undefined ? new Uint8Array() : bytes(by), name, tag);
  }

  /** Ids of cause and dispatch. */
  state(
    name = "gen_server:loop",
    state: Term = 1,
  ): readonly [number | undefined, boolean, bigint | undefined] {
    const step = this.#step("state", bytes(state), name, "")!;
    return [step.cause?.id, step.certain, step.began];
  }

  lost(): void {
    this.#walk.lost();
  }
}

describe("CallbackWalk", () => {
  it("finds a call by its From, whatever else waits", () => {
    const story = new Story();
    story.receive(cast("a"), "$gen_cast");
    story.receive(call(1), "$gen_call");
    const second = story.receive(call(2), "$gen_call");
    story.dispatch("m:handle_call", "ask", tuple(CALLER, ref(2)));
    expect(story.state()).toEqual([second, true, 40n]);
  });

  it("doubts a message that only looks like it until the mailbox is known", () => {
    const story = new Story();
    const first = story.receive(cast("a"), "$gen_cast");
    story.dispatch("m:handle_cast", "a");
    expect(story.state()).toEqual([first, false, 20n]);
    // Taken in while it waited in its loop: nothing else can have been there.
    const second = story.receive(cast("a"), "$gen_cast");
    story.dispatch("m:handle_cast", "a");
    expect(story.state()).toEqual([second, true, 50n]);
    story.lost();
    const third = story.receive(cast("a"), "$gen_cast");
    story.dispatch("m:handle_cast", "a");
    expect(story.state().slice(0, 2)).toEqual([third, false]);
  });

  it("takes no reply for the message of a callback that was called with something else", () => {
    const story = new Story();
    story.dispatch("m:init");
    story.state();
    const click = story.receive(tuple(1), "");
    story.dispatch("m:handle_info");
    // Of a call that the callback makes; taken by that call.
    story.receive(tuple(new ImproperList([atom("alias")], ref(7)), 0), "");
    expect(story.state().slice(0, 2)).toEqual([click, true]);
    const next = story.receive(tuple(2), "");
    story.dispatch("m:handle_info");
    expect(story.state().slice(0, 2)).toEqual([next, true]);
    // What a task sends is named by its reference.
    const result = story.receive(tuple(ref(8), 1), "");
    story.dispatch("m:handle_info", "", ref(8));
    expect(story.state().slice(0, 2)).toEqual([result, true]);
  });

  it("passes over what a callback took with a receive of its own, and says that it is less sure", () => {
    const story = new Story();
    story.dispatch("m:init");
    story.state();
    story.receive(tuple(atom("taken"), 1), "taken");
    const next = story.receive(tuple(atom("next"), 1), "next");
    story.dispatch("m:handle_info", "next");
    expect(story.state().slice(0, 2)).toEqual([next, false]);
  });

  it("does not doubt because of replies, which calls within callbacks take", () => {
    const story = new Story();
    story.dispatch("m:init");
    story.state();
    story.receive(tuple(ref(7), atom("ok")), "");
    const next = story.receive(atom("next"), "next");
    story.dispatch("m:handle_info", "next");
    expect(story.state().slice(0, 2)).toEqual([next, true]);
  });

  it("brings back what gen_statem postponed when the state changes", () => {
    const story = new Story();
    story.dispatch("m:init");
    story.state("gen_statem:loop_done", tuple(atom("shut"), 0));
    const late = story.receive(cast("late"), "$gen_cast");
    story.dispatch("m:shut", "late", atom("cast"));
    story.dispatch("gen_statem:postpone", "postpone");
    story.state("gen_statem:loop_done", tuple(atom("shut"), 0));
    const open = story.receive(call(1), "$gen_call");
    story.dispatch("m:shut", "ask", tuple(CALLER, ref(1)));
    story.dispatch("m:open", "shut", atom("enter"));
    expect(story.state("gen_statem:loop_done", tuple(atom("open"), 0))[0]).toBe(open);
    story.dispatch("m:open", "late", atom("cast"));
    expect(story.state("gen_statem:loop_done", tuple(atom("open"), 1)).slice(0, 2)).toEqual([late, true]);
    story.dispatch("m:open", "greet", atom("internal"));
    expect(story.state("gen_statem:loop_done", tuple(atom("open"), 2)).slice(0, 2)).toEqual([
      undefined,
      true,
    ]);
  });

  it("guesses where no dispatches are recorded, and says when it can have begun", () => {
    const story = new Story(false);
    const first = story.receive(cast("a"), "$gen_cast");
    const second = story.receive(cast("b"), "$gen_cast");
    expect(story.state()).toEqual([first, false, 10n]);
    expect(story.state()).toEqual([second, false, 30n]);
    expect(story.state()).toEqual([undefined, false, undefined]);
  });
});
