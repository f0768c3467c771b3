import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isClickHouse } from "../../model/index.ts";
import { databaseOf, recordingOf, serverAddress } from "./address.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "es-address-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const URL_NAME = "ELIXIRSCOPE_CLICKHOUSE_URL";
const local = { [URL_NAME]: "http://127.0.0.1:8123" };

describe("where ClickHouse is", () => {
  it("is said by the environment", () => {
    expect(serverAddress(local)).toEqual({
      url: "http://127.0.0.1:8123",
      user: "default",
      password: "",
      ca: undefined,
    });
    const ca = join(folder, "ca.pem");
    writeFileSync(ca, "PEM");
    const rest = {
      ELIXIRSCOPE_CLICKHOUSE_USER: "scope",
      ELIXIRSCOPE_CLICKHOUSE_PASSWORD: "p w",
      ELIXIRSCOPE_CLICKHOUSE_CA: ca,
    };
    expect(serverAddress({ [URL_NAME]: "https://db.example:8443/", ...rest })).toEqual({
      url: "https://db.example:8443",
      user: "scope",
      password: "p w",
      ca: Buffer.from("PEM"),
    });
  });

  it("takes a password from a file that nobody else can read", () => {
    const file = join(folder, "password");
    writeFileSync(file, "from a file\n", { mode: 0o600 });
    const env = { ...local, ELIXIRSCOPE_CLICKHOUSE_PASSWORD_FILE: file };
    expect(serverAddress(env).password).toBe("from a file");
    chmodSync(file, 0o640);
    expect(() => serverAddress(env)).toThrow(/chmod 600/);
    rmSync(file);
    expect(() => serverAddress(env)).toThrow(/cannot be read/);
  });

  it.each([
    ["no place", undefined, "STORE_NO_SERVER"],
    ["no address", "db.example:8123", "STORE_BAD_SERVER"],
    ["another protocol", "tcp://127.0.0.1:9000", "STORE_BAD_SERVER"],
    ["a password in it", "http://me:secret@127.0.0.1:8123", "STORE_BAD_SERVER"],
    ["a path", "http://127.0.0.1:8123/db", "STORE_BAD_SERVER"],
    ["in the clear over a network", "http://db.example:8123", "STORE_BAD_SERVER"],
    [
      "in the clear over a network that looks like loopback",
      "http://127.0.0.1.example:8123",
      "STORE_BAD_SERVER",
    ],
  ])("refuses %s, and repeats no password", (_, url, code) => {
    let thrown: unknown;
    try {
      serverAddress(url === undefined ? {} : { [URL_NAME]: url });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect(String(thrown)).not.toContain("secret");
  });

  it("goes in the clear over a network that somebody vouches for", () => {
    const env = { [URL_NAME]: "http://db.example:8123", ELIXIRSCOPE_CLICKHOUSE_PLAIN: "1" };
    expect(serverAddress(env).url).toBe("http://db.example:8123");
  });
});

describe("names of recordings", () => {
  it("stand for databases", () => {
    expect(isClickHouse("clickhouse:night-run_2")).toBe(true);
    expect(isClickHouse("clickhouse.esrec")).toBe(false);
    expect(databaseOf("clickhouse:night-run_2")).toBe("elixirscope_night-run_2");
    expect(recordingOf("elixirscope_night-run_2")).toBe("clickhouse:night-run_2");
  });

  it.each(["", "a`b", "../x", "-x", "a b", "x".repeat(65)])("refuses %j", (name) => {
    expect(() => databaseOf(`clickhouse:${name}`)).toThrow(
      expect.objectContaining({ code: "STORE_BAD_NAME" }),
    );
  });
});
