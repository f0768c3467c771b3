import { atom, binary, encode, ImproperList, Pid, Reference, type Term, tuple } from "@elixirscope/etf";
import { describe, expect, it } from "vitest";
import { callShape } from "./call-shape.ts";

const pid = new Pid("a@127.0.0.1", 90, 0, 7);
const ref = new Reference("a@127.0.0.1", 7, [1, 2, 3]);
const alias = new ImproperList([atom("alias")], ref);
const shape = (term: Term): ReturnType<typeof callShape> => callShape(encode(term).subarray(1));

describe("the shape of a message", () => {
  it.each([ref, alias, new ImproperList([alias], ref), tuple(ref, atom("b@127.0.0.1"))])(
    "knows a call and its reply by the same tag",
    (tag) => {
      const call = shape(tuple(atom("$gen_call"), tuple(pid, tag), tuple(atom("get"), 1)));
      const reply = shape(tuple(tag, atom("ok")));
      expect(call).toMatchObject({ type: "call", caller: { id: 90 } });
      expect(reply).toEqual({ type: "reply", tag: call?.type === "call" ? call.tag : "" });
    },
  );

  it("knows system requests and casts", () => {
    expect(shape(tuple(atom("system"), tuple(pid, ref), atom("get_state")))?.type).toBe("system");
    expect(shape(tuple(atom("$gen_cast"), 1))).toEqual({ type: "cast" });
  });

  it.each<[string, Term]>([
    ["an atom", atom("tick")],
    ["a call without a process", tuple(atom("$gen_call"), tuple(1, ref), 2)],
    ["a call whose sender is no pair", tuple(atom("$gen_call"), pid, 2)],
    ["a pair without reference", tuple(1, ref)],
    ["a list that is no alias", tuple(new ImproperList([atom("alias")], 1), 2)],
    ["two words before the reference", tuple(new ImproperList([atom("alias"), atom("alias")], ref), 2)],
    ["a monitor's message", tuple(atom("DOWN"), ref, atom("process"), pid, atom("normal"))],
    ["the empty tuple", tuple()],
    ["a binary", binary("$gen_call")],
  ])("sees nothing in %s", (_, term) => {
    expect(shape(term)).toBeUndefined();
  });

  it("sees nothing in what cannot be read", () => {
    const whole = encode(tuple(atom("$gen_call"), tuple(pid, ref), 1)).subarray(1);
    for (let end = 0; end < whole.length - 2; end++)
      expect(callShape(whole.subarray(0, end))).toBeUndefined();
  });
});
