import { describe, expect, it } from "vitest";
import { hasDesktop, openerFor } from "./browser.ts";

describe("hasDesktop", () => {
  it.each([
    [{ DISPLAY: ":0" }, "linux", true],
    [{ WAYLAND_DISPLAY: "wayland-0" }, "linux", true],
    [{}, "linux", false],
    [{}, "darwin", true],
    [{}, "win32", true],
    [{ DISPLAY: ":0", CI: "true" }, "linux", false],
    [{ DISPLAY: ":0", SSH_CONNECTION: "1.2.3.4 5 6.7.8.9 22" }, "linux", false],
    [{ CI: "1" }, "darwin", false],
  ] as const)("in %j on %s: %s", (env, platform, expected) => {
    expect(hasDesktop(env, platform)).toBe(expected);
  });
});

it.each([
  ["linux", "xdg-open"],
  ["freebsd", "xdg-open"],
  ["darwin", "open"],
  ["win32", "cmd"],
] as const)("on %s %s opens an address", (platform, command) => {
  expect(openerFor(platform)[0]).toBe(command);
});
