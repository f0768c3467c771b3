import { describe, expect, it } from "vitest";
import { gistOf } from "./gist.ts";

describe("gistOf", () => {
  it.each([
    ['{:"$gen_call", {#PID<0.1.0>, [:alias | #Reference<0.1.2.3>]}, {:add, 1}}', "call", "{:add, 1}"],
    ['{:"$gen_call", {#PID<0.1.0>, #Reference<0.1.2.3>}, :get}', "call", ":get"],
    ['{:"$gen_cast", {:note, [1, 2]}}', "cast", "{:note, [1, 2]}"],
    ["{[:alias | #Reference<0.1.2.3>], %{count: 852}}", "reply", "%{count: 852}"],
    ["{#Reference<0.1.2.3>, :ok}", "reply", ":ok"],
    ["{[:alias | #Reference<0.1.2.3>], [{:a, …", "reply", "[{:a, …"],
  ])("%s is a %s", (text, sort, content) => {
    expect(gistOf(text)).toEqual({ sort, text: content });
  });

  it.each([
    "{:count, 3}",
    ":tick",
    '{:"$gen_call", {#PID<0.1.0>, [:alias | #Refer…',
    "{#Reference<0.1.2.3>, :a, :b}",
    '{:"$gen_all", 1}',
  ])("%s stays", (text) => {
    expect(gistOf(text)).toEqual({ sort: undefined, text });
  });
});
