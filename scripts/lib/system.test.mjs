import { describe, expect, test } from "vitest";
import { staleness } from "./dependencies.mjs";
import { familyOf, parseOsRelease, plan } from "./system.mjs";
import { atLeast, missingNode } from "./versions.mjs";

describe("what to do about something missing", () => {
  const debian = { family: "debian", root: true, hasApt: true };

  test("root on Debian: apt", () => {
    expect(plan(["elixir", "chromium"], debian)).toEqual({ apt: ["elixir", "erlang-base", "chromium"] });
  });

  test.each([
    ["not root", { ...debian, root: false }, /sudo apt-get .*install .*elixir erlang-base/],
    [
      "Fedora, even as root",
      { family: "fedora", root: true, hasApt: false },
      /sudo dnf install elixir erlang/,
    ],
    ["Arch", { family: "arch", root: false, hasApt: false }, /sudo pacman -S elixir/],
    ["macOS", { family: "macos", root: false, hasApt: false }, /brew install elixir/],
    ["Windows", { family: "windows", root: false, hasApt: false }, /WSL/],
    ["anything else", { family: "other", root: true, hasApt: false }, /elixir-lang\.org\/install/],
  ])("%s: says what to install", (_name, system, expected) => {
    const { tell, apt } = plan(["elixir"], system);
    expect(apt).toBeUndefined();
    expect(tell).toMatch(/Elixir 1\.14 or later/);
    expect(tell).toMatch(expected);
  });
});

const release = (text) => familyOf("linux", parseOsRelease(text));

test("families of systems", () => {
  expect(release('ID=debian\nVERSION_ID="12"')).toBe("debian");
  expect(release("ID=linuxmint\nID_LIKE='ubuntu debian'")).toBe("debian");
  expect(release('ID="rocky"\nID_LIKE="rhel centos fedora"')).toBe("fedora");
  expect(release("ID=nixos")).toBe("other");
  expect(familyOf("darwin", {})).toBe("macos");
  expect(familyOf("win32", {})).toBe("windows");
});

test("versions compare as numbers", () => {
  expect(atLeast("1.14.0", "1.14.0")).toBe(true);
  expect(atLeast("1.9.4", "1.14.0")).toBe(false);
  expect(atLeast("1.20.0-rc.1", "1.14.0")).toBe(true);
  expect(atLeast("2", "1.14")).toBe(true);
  expect(missingNode("20.19.0")).toBeUndefined();
  expect(missingNode("18.20.4")).toMatch(/Node 20\.19\.0 or later/);
});

describe("installed packages", () => {
  const wanted = {
    "": { name: "root" },
    "packages/etf": { version: "0.1.0" },
    "node_modules/@elixirscope/etf": { resolved: "packages/etf", link: true },
    "node_modules/zod": { version: "4.6.7" },
    "node_modules/vite/node_modules/esbuild": { version: "1.0.0" },
    "node_modules/esbuild-darwin": { version: "1.0.0", optional: true },
  };
  const { "node_modules/esbuild-darwin": _darwin, "": _root, ...installed } = wanted;

  test("as wanted, without those of other platforms", () =>
    expect(staleness(wanted, installed)).toBeUndefined());
  test("nothing there", () => expect(staleness(wanted, undefined)).toBe("nothing is installed"));

  test("one missing, one too old", () => {
    const { "node_modules/zod": _zod, ...without } = installed;
    expect(staleness(wanted, without)).toBe("zod is missing");
    const old = { ...installed, "node_modules/vite/node_modules/esbuild": { version: "0.9.0" } };
    expect(staleness(wanted, old)).toBe("esbuild is 0.9.0, not 1.0.0");
  });
});
