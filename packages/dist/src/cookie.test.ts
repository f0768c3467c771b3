import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FoundCookie, type MissingCookie, readCookie } from "./cookie.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "es-cookie-"));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

async function cookieFile(file: string, text: string, mode = 0o400): Promise<string> {
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, text, "latin1");
  await chmod(file, mode);
  return file;
}

const missing = (found: FoundCookie | MissingCookie): MissingCookie => {
  if ("missing" in found) return found;
  throw new Error(`found one in ${found.source}`);
};

describe("the cookie", () => {
  test("flag before environment before home before XDG", async () => {
    const xdg = join(home, "config");
    const second = await cookieFile(join(xdg, "erlang", ".erlang.cookie"), "XDG\n");
    const env = { XDG_CONFIG_HOME: xdg };
    expect(await readCookie({ env, home })).toEqual({ cookie: "XDG", source: second });
    const first = await cookieFile(join(home, ".erlang.cookie"), "HOME");
    expect(await readCookie({ env, home })).toEqual({ cookie: "HOME", source: first });
    const both = { ...env, ELIXIRSCOPE_COOKIE: "ENV" };
    expect(await readCookie({ env: both, home })).toEqual({ cookie: "ENV", source: "ELIXIRSCOPE_COOKIE" });
    expect(await readCookie({ flag: "FLAG", env: both, home })).toEqual({
      cookie: "FLAG",
      source: "--cookie",
    });
  });

  test("home is HOME's, and XDG's default below it", async () => {
    const file = await cookieFile(join(home, ".config", "erlang", ".erlang.cookie"), "DEEP");
    expect(await readCookie({ env: { HOME: home } })).toEqual({ cookie: "DEEP", source: file });
  });

  test("a line break at its end is no part of it", async () => {
    await cookieFile(join(home, ".erlang.cookie"), "LINE\r\n");
    expect(await readCookie({ env: {}, home })).toMatchObject({ cookie: "LINE" });
  });

  test("Latin-1 characters stay", async () => {
    await cookieFile(join(home, ".erlang.cookie"), "GR\u00dc\u00dfE");
    expect(await readCookie({ env: {}, home })).toMatchObject({ cookie: "GRÜßE" });
  });

  test("none anywhere: says where it looked", async () => {
    const { missing: kind, error } = missing(await readCookie({ env: {}, home }));
    expect(kind).toBe("none");
    expect(error.code).toBe("DIST_NO_COOKIE");
    expect(error.details.searched).toEqual([
      join(home, ".erlang.cookie"),
      join(home, ".config", "erlang", ".erlang.cookie"),
    ]);
  });

  test.each([0o440, 0o604, 0o644])(
    "a file of mode %o is refused, with the command that mends it",
    async (mode) => {
      const file = await cookieFile(join(home, ".erlang.cookie"), "OPENSECRET", mode);
      const { missing: kind, error } = missing(await readCookie({ env: {}, home }));
      expect(kind).toBe("unusable");
      expect(error.message).toContain(`chmod 400 ${file}`);
      expect(error.message).not.toContain("OPENSECRET");
    },
  );

  test.each(["two words", "caf\u20ac", "x".repeat(300)])("%j is none", async (flag) => {
    const { missing: kind, error } = missing(await readCookie({ flag, env: {}, home }));
    expect(kind).toBe("unusable");
    expect(error.message).not.toContain(flag);
  });

  test.each(["", "\n", " \n"])("a file with %j is empty", async (text) => {
    const file = await cookieFile(join(home, ".erlang.cookie"), text);
    const { missing: kind, error } = missing(await readCookie({ env: {}, home }));
    expect(kind).toBe("unusable");
    expect(error.message).toBe(`The cookie from ${file} is empty`);
  });

  test("a folder in its place is said to be unreadable", async () => {
    await mkdir(join(home, ".erlang.cookie"), { mode: 0o700 });
    expect(missing(await readCookie({ env: {}, home })).error.message).toContain("EISDIR");
  });
});
