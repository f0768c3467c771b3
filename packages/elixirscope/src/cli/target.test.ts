import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SCHEMA_VERSION } from "../protocol/index.ts";
import { writeRuntimeFile } from "./runtime-file.ts";
import { findRunning } from "./target.ts";

let folder: string;
let server: Server;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "target-test-"));
  env = { XDG_RUNTIME_DIR: folder };
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** What says of itself that it is an ElixirScope of this version. */
async function running(schemaVersion: number): Promise<number> {
  server = createServer((_, response) => {
    response.end(JSON.stringify({ version: "9.9.9", schemaVersion, nodes: [] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const entry = { pid: process.pid, port, token: "t", node: "a@h", recording: null, startedAt: "" };
  await writeRuntimeFile(env, entry);
  return port;
}

describe("an ElixirScope that runs", () => {
  it("is asked where it speaks our protocol", async () => {
    const port = await running(SCHEMA_VERSION);
    expect(await findRunning(env)).toMatchObject({ port });
  });

  it("is refused where it speaks another protocol", async () => {
    await running(SCHEMA_VERSION + 1);
    await expect(findRunning(env)).rejects.toMatchObject({
      code: "CLI_OTHER_VERSION",
      exit: 4,
      message: expect.stringContaining("9.9.9"),
    });
  });
});
