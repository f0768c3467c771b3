import { expect, it } from "vitest";
import { messageGist, requestGist } from "./message-gist.ts";

it("takes the envelope of OTP off a printed message", () => {
  const from = "{#PID<0.1.0>, [:alias | #Reference<0.1.2.3>]}";
  expect(messageGist(`{:"$gen_call", ${from}, {:add, 1}}`)).toBe("call {:add, 1}");
  expect(messageGist('{:"$gen_call", {#PID<0.1.0>, #Reference<0.1.2.3>}, :get}')).toBe("call :get");
  expect(messageGist('{:"$gen_cast", {:note, 3}}')).toBe("cast {:note, 3}");
  expect(messageGist("{[:alias | #Reference<0.1.2.3>], {:ok, 5}}")).toBe("{:ok, 5}");
  expect(messageGist("{#Reference<0.1.2.3>, 5}")).toBe("5");
  expect(messageGist("{:count, 4}")).toBe("{:count, 4}");
  // Cut before its end.
  expect(messageGist(`{:"$gen_call", ${from}, {:add, "aaa…`)).toBe('call {:add, "aaa…');
  expect(requestGist('{:"$gen_cast", 1}')).toBe('{:"$gen_cast", 1}');
});
