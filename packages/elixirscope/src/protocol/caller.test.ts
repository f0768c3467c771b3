import { describe, expect, it } from "vitest";
import { callerOf, callerText, SURFACES } from "./caller.ts";

describe("who asks", () => {
  it("is what a command says of itself", () => {
    for (const surface of SURFACES) {
      expect(callerOf(callerText({ surface, pid: 4711 }), undefined)).toEqual({ surface, pid: 4711 });
      expect(callerOf(callerText({ surface }), undefined)).toEqual({ surface });
    }
  });

  it("is a page where there is an origin, whatever else is said", () => {
    expect(callerOf("cli 4711", "http://127.0.0.1:4040")).toEqual({ surface: "ui" });
  });

  it.each([undefined, "", "root", "cli x", "cli 1 2", "CLI 1"])(
    "is unknown to us otherwise: %s",
    (header) => {
      expect(callerOf(header, undefined)).toEqual({ surface: "api" });
    },
  );
});
