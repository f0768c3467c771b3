import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { layout, outermost } from "./chroot-wrappers.mjs";
import { mirrorIn, rootOf } from "./debian-root.mjs";

describe("the archive in apt's sources", () => {
  test.each([
    ["one line", "deb http://mirror.example/debian bookworm main", "http://mirror.example/debian"],
    [
      "options, and source packages first",
      "deb-src http://a.example/debian sid main\ndeb [arch=amd64 signed-by=/x.gpg] https://b.example/debian/ sid main contrib",
      "https://b.example/debian/",
    ],
    [
      "a stanza, after others that are no archive",
      [
        "deb https://other.example/apt stable main",
        "Types: deb\nURIs: http://c.example/debian-security\nSuites: x\nComponents: main",
        "# URIs: http://commented.example/debian\nTypes: deb deb-src\nURIs: http://c.example/debian\nSuites: x",
      ].join("\n\n"),
      "http://c.example/debian",
    ],
    ["commented out", "# deb http://mirror.example/debian bookworm main", undefined],
    ["Ubuntu", "deb http://mirror.example/ubuntu jammy main", undefined],
  ])("%s", (_name, text, expected) => expect(mirrorIn(["", text])).toBe(expected));
});

test("where the folders are", () => {
  expect(rootOf("forky", { ELIXIRSCOPE_OTP_DIR: "/x/otp", XDG_CACHE_HOME: "/cache" })).toBe("/x/otp/forky");
  expect(rootOf("forky", { XDG_CACHE_HOME: "/cache" })).toBe("/cache/elixirscope/otp/forky");
});

test("shared paths inside others of them are shared already", () => {
  const paths = ["/home/u/src/app", "/tmp", "/home/u", "/tmp/x", "/tmpfs", "/tmp"];
  expect(new Set(outermost(paths))).toEqual(new Set(["/home/u", "/tmp", "/tmpfs"]));
});

describe("how a folder is put together", () => {
  let root;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "elixirscope-layout-"));
    for (const dir of ["usr/bin", "usr/src/other", "etc", "home", "tmp"])
      mkdirSync(join(root, dir), { recursive: true });
    symlinkSync("usr/bin", join(root, "bin"));
    writeFileSync(join(root, "it's"), "");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("directories are mounted read-only, links are links, home and tmp are this machine's", () => {
    const commands = layout(root, "/stage", ["/home/u"]);
    expect(commands).toContain(`mount --bind '${root}/usr' '/stage/usr'`);
    expect(commands).toContain("mount -o remount,ro,bind '/stage/usr'");
    expect(commands).toContain("ln -s 'usr/bin' '/stage/bin'");
    expect(commands.slice(-2)).toEqual([
      "mkdir -p '/stage/home/u'",
      "mount --rbind '/home/u' '/stage/home/u'",
    ]);
    expect(commands.filter((command) => command.includes(`${root}/home`))).toEqual([]);
    expect(commands.join("\n")).toContain("/it'\\''s'");
  });

  test("a shared path inside one of its directories is made room for", () => {
    const commands = layout(root, "/stage", ["/usr/src/app"]);
    expect(commands).not.toContain(`mount --bind '${root}/usr' '/stage/usr'`);
    expect(commands).toContain(`mount --bind '${root}/usr/bin' '/stage/usr/bin'`);
    expect(commands).toContain(`mount --bind '${root}/usr/src/other' '/stage/usr/src/other'`);
    expect(commands.at(-1)).toBe("mount --rbind '/usr/src/app' '/stage/usr/src/app'");
  });
});
