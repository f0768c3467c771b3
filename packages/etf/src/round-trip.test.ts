import { expect, test } from "vitest";
import {
  atom,
  binary,
  decode,
  ErlangMap,
  encode,
  Float,
  ImproperList,
  inspect,
  Pid,
  skipTerm,
  tuple,
} from "./index.ts";

test("a term of many kinds comes back as it went", () => {
  const term = tuple(
    atom("ok"),
    0,
    255,
    256,
    -1,
    2 ** 31,
    -(2 ** 52),
    2n ** 64n,
    -(2n ** 3000n),
    new Float(1.5),
    binary("héllo"),
    [1, 2, 3],
    [1, 256],
    new ImproperList([1], 2),
    new ErlangMap([[atom("ünï"), []]]),
    new Pid("a@b", 1, 2, 3),
  );
  const bytes = encode(term);
  expect(decode(bytes)).toEqual(term);
  expect(skipTerm(bytes, 1)).toBe(bytes.length);
  expect(inspect(atom("ok"))).toBe(":ok");
});
