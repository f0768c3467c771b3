import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { givenCookie, userCookie } from "./cookie.ts";
import { type Context, processContext } from "./terminal.ts";

let home: string;
let warnings: string[];
let context: Context;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "elixirscope-test-"));
  warnings = [];
  const { err, ...rest } = processContext();
  context = { ...rest, err: { ...err, line: (text = "") => void warnings.push(text) } };
});
afterEach(() => rm(home, { recursive: true }));

describe("givenCookie", () => {
  it("is left to the environment where nothing is given", async () => {
    expect(await givenCookie(context, {})).toBeUndefined();
  });

  it("warns of a cookie in the list of processes, without repeating it", async () => {
    expect(await givenCookie(context, { cookie: "SECRET" })).toBe("SECRET");
    expect(warnings.join()).toContain("--cookie-file");
    expect(warnings.join()).not.toContain("SECRET");
  });

  it("reads a file, without the newline that editors leave", async () => {
    const file = join(home, "cookie");
    await writeFile(file, "SECRET\n");
    expect(await givenCookie(context, { cookieFile: file })).toBe("SECRET");
    expect(warnings).toEqual([]);
  });

  it.each([
    ["empty", "\n", "is empty"],
    ["too long for an atom", "x".repeat(256), "longer than 255"],
  ])("refuses one that is %s", async (_, text, message) => {
    const file = join(home, "cookie");
    await writeFile(file, text);
    await expect(givenCookie(context, { cookieFile: file })).rejects.toThrow(message);
  });

  it("refuses a file that cannot be read, and two cookies at once", async () => {
    await expect(givenCookie(context, { cookieFile: join(home, "no") })).rejects.toThrow("ENOENT");
    await expect(givenCookie(context, { cookieFile: "a", cookie: "b" })).rejects.toThrow(
      "exclude each other",
    );
  });
});

describe("userCookie", () => {
  it("is written as Erlang would, once, readable by its owner only", async () => {
    const cookie = await userCookie({ HOME: home });
    expect(cookie).toMatch(/^[A-Z]{32}$/);
    expect((await stat(join(home, ".erlang.cookie"))).mode & 0o777).toBe(0o600);
    expect(await userCookie({ HOME: home })).toBe(cookie);
    expect(await readFile(join(home, ".erlang.cookie"), "utf8")).toBe(cookie);
  });

  it("is the one that is there, in either place that Erlang looks at", async () => {
    await mkdir(join(home, ".config", "erlang"), { recursive: true });
    await writeFile(join(home, ".config", "erlang", ".erlang.cookie"), "FROMXDG\n");
    expect(await userCookie({ HOME: home })).toBe("FROMXDG");
    await writeFile(join(home, ".erlang.cookie"), "FROMHOME\n");
    expect(await userCookie({ HOME: home })).toBe("FROMHOME");
  });
});
