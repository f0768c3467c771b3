import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Profile } from "../protocol/index.ts";
import { dropProfile, profileNamed, profilesPath, readProfiles, saveProfile, withProfile } from "./index.ts";

const before = process.env.XDG_CONFIG_HOME;
let config: string;
let path: string;
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), "profiles-"));
  process.env.XDG_CONFIG_HOME = config;
  path = profilesPath();
});
afterEach(() => {
  if (before === undefined) delete process.env.XDG_CONFIG_HOME;
  else process.env.XDG_CONFIG_HOME = before;
  rmSync(config, { recursive: true });
});

const prod: Profile = {
  node: "shop@10.0.0.5",
  cookieFile: "/home/ada/cookie",
  way: { ssh: { destination: "ada@bastion", keyFile: "/home/ada/key" } },
  recorded: { level: "messages", apps: ["shop"] },
};
const save = (name: string, profile: Profile, replace = false): Promise<void> =>
  saveProfile(name, profile, { replace });

/** A file as somebody else would have left it. */
function put(text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
}

describe("the file of profiles", () => {
  it("keeps them for its owner alone, by name", async () => {
    expect(path).toBe(join(config, "elixirscope", "profiles.json"));
    expect(await readProfiles()).toEqual([]);
    await save("prod", prod);
    await save("dev", { node: "shop@127.0.0.1" });
    expect(await readProfiles()).toEqual([
      { name: "dev", node: "shop@127.0.0.1" },
      { name: "prod", ...prod },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    await dropProfile("dev");
    expect((await readProfiles()).map(({ name }) => name)).toEqual(["prod"]);
  });

  it("writes over one only where that is said", async () => {
    await save("prod", prod);
    await expect(save("prod", { node: "x@y" })).rejects.toMatchObject({ code: "PROFILES_EXISTS" });
    expect(await profileNamed("prod")).toEqual(prod);
    await save("prod", { node: "x@y" }, true);
    expect(await profileNamed("prod")).toEqual({ node: "x@y" });
  });

  it("says which there are where one is not there", async () => {
    await expect(profileNamed("prod")).rejects.toThrow(/no profile prod\. Make it: elixirscope profiles add/);
    await save("prod", prod);
    await expect(profileNamed("prd")).rejects.toThrow(/there are prod/);
    await expect(dropProfile("constructor")).rejects.toMatchObject({ code: "PROFILES_NO_SUCH" });
  });

  it.each(["", "a@b", "-x", "a b", "x".repeat(65), "__proto__"])("%j is no name", async (name) => {
    await expect(save(name, prod)).rejects.toMatchObject({ code: "PROFILES_BAD_NAME" });
  });

  it("takes no more than it knows, and files by absolute paths only", async () => {
    await expect(save("a", { ...prod, cookie: "secret" } as Profile)).rejects.toThrow(
      /cannot be kept.*cookie/,
    );
    await expect(save("a", { ...prod, cookieFile: "cookie" })).rejects.toThrow(
      /cookieFile: is not an absolute path/,
    );
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ["that others may read", 0o640],
    ["that others may write", 0o602],
  ])("is not taken from a file %s", async (_, mode) => {
    put('{"version":1,"profiles":{}}', mode);
    const reading = readProfiles();
    await expect(reading).rejects.toMatchObject({ code: "PROFILES_EXPOSED" });
    await expect(reading).rejects.toThrow(`chmod 600 ${path}`);
    await expect(save("a", prod)).rejects.toMatchObject({ code: "PROFILES_EXPOSED" });
  });

  it("is not taken from a folder that others may write", async () => {
    put('{"version":1,"profiles":{}}');
    chmodSync(dirname(path), 0o770);
    await expect(readProfiles()).rejects.toThrow(`chmod 700 ${dirname(path)}`);
  });

  it.each([
    ["half of it", '{"version":1,"profiles":{"a":{"no', "PROFILES_DAMAGED", /JSON/],
    ["nothing in it", "", "PROFILES_DAMAGED", /JSON/],
    ["a list", "[]", "PROFILES_DAMAGED", /the whole/],
    ["no node", '{"version":1,"profiles":{"a":{}}}', "PROFILES_DAMAGED", /profiles\.a\.node/],
    [
      "a key of nobody",
      '{"version":1,"profiles":{"a":{"node":"x","pasword":1}}}',
      "PROFILES_DAMAGED",
      /pasword/,
    ],
    ["a newer version", '{"version":2,"profiles":{},"more":1}', "PROFILES_NEWER", /update ElixirScope/],
  ])("with %s is left as it is, and that is said", async (_, text, code, why) => {
    put(text);
    for (const doing of [() => readProfiles(), () => save("b", prod, true), () => dropProfile("a")]) {
      const error: unknown = await doing().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code });
      expect((error as Error).message).toMatch(why);
    }
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("says where it cannot be read or written", async () => {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o700);
    await expect(readProfiles()).rejects.toMatchObject({ code: "PROFILES_UNREADABLE" });
    process.env.XDG_CONFIG_HOME = "/dev/null";
    await expect(save("a", prod)).rejects.toMatchObject({ code: expect.stringMatching(/PROFILES_UN/) });
  });
});

describe("an attach by a profile", () => {
  it("takes from it what is not given, and what is in the files that it names", async () => {
    const file = (name: string, text: string): string => {
      writeFileSync(join(config, name), text);
      return join(config, name);
    };
    await save("prod", {
      ...prod,
      cluster: true,
      cookieFile: file("cookie", "COOKIE\n"),
      way: {
        ...prod.way,
        host: "10.0.0.9",
        tls: { caFile: file("ca", "-----BEGIN CA"), serverName: "shop" },
      },
    });
    const all = await withProfile({ node: "shop@10.0.0.5", profile: "prod" });
    expect(all).toEqual({
      node: "shop@10.0.0.5",
      cookie: "COOKIE",
      level: "messages",
      apps: ["shop"],
      cluster: true,
      way: {
        host: "10.0.0.9",
        ssh: prod.way?.ssh,
        tls: { ca: "-----BEGIN CA", serverName: "shop" },
      },
    });
    const given = await withProfile({
      node: "other@10.0.0.5",
      profile: "prod",
      level: "state",
      apps: undefined,
      cookie: "OTHER",
      way: { host: "h", ssh: { destination: "ada@bastion", passphrases: { "/home/ada/key": "x" } } },
    });
    expect(given).toMatchObject({
      node: "other@10.0.0.5",
      level: "state",
      apps: ["shop"],
      cookie: "OTHER",
      way: {
        host: "h",
        ssh: { destination: "ada@bastion", keyFile: "/home/ada/key", passphrases: { "/home/ada/key": "x" } },
      },
    });
    const elsewhere = await withProfile({
      node: "a@b",
      profile: "prod",
      way: { ssh: { destination: "eve@other" } },
    });
    expect(elsewhere.way?.ssh).toEqual({ destination: "eve@other" });
  });

  it("without one is as it was given", async () => {
    expect(await withProfile({ node: "a@b", level: "state" })).toEqual({ node: "a@b", level: "state" });
  });

  it("says which file is not there", async () => {
    await save("prod", { ...prod, cookieFile: join(config, "nowhere") });
    const error = withProfile({ node: "a@b", profile: "prod" });
    await expect(error).rejects.toMatchObject({ code: "PROFILES_NO_FILE" });
    await expect(error).rejects.toThrow(join(config, "nowhere"));
  });
});
