import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { describeTraceStore } from "../contract.ts";
import { describeProperty } from "../contract-property.ts";
import { describeRetention } from "../contract-retention.ts";
import type { TraceStore } from "../trace-store.ts";
import type { ServerAddress } from "./address.ts";
import { openClickHouseStore } from "./open.ts";
import { dropRecording } from "./recordings.ts";
import { givenServer, TestServer } from "./testing-server.ts";

let engine: TestServer;
beforeAll(async () => {
  engine = await TestServer.start();
});
afterAll(() => engine.stop());

const given = givenServer();
describeServer("ClickHouse's engine", () => engine.address);
if (given) describeServer(`ClickHouse at ${given.url}`, () => given);

function describeServer(name: string, address: () => ServerAddress): void {
  describe(`on ${name}`, () => {
    const made: string[] = [];
    const newName = (): string => {
      const recording = `clickhouse:test-${randomUUID()}`;
      made.push(recording);
      return recording;
    };
    const open = (): Promise<TraceStore> => openClickHouseStore(newName(), address(), { mode: "create" });
    afterAll(async () => {
      for (const recording of made) await dropRecording(recording, address());
    });

    describeTraceStore(name, open);
    describeProperty(name, open);
    describeRetention(name, () => {
      const recording = newName();
      return {
        create: (keep) => openClickHouseStore(recording, address(), { mode: "create", keep }),
        reopen: () => openClickHouseStore(recording, address(), { mode: "append" }),
      };
    });
  });
}
