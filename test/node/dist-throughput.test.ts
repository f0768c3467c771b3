import { DistConnection } from "@elixirscope/dist";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ErlangNode, startErlangNode } from "../testkit/erlang-node.ts";

let node: ErlangNode;
beforeAll(async () => {
  node = await startErlangNode();
});
afterAll(async () => {
  await node?.stop();
});

interface Result {
  readonly seen: number;
  readonly bytes: number;
  /** Megabytes a second of our own processor time: the machine may have other work to do. */
  readonly rate: number;
}

/** `{es_batch, Seq, Count, Bin}` messages from one process of the node, as fast as it sends them. */
async function throughput(batchBytes: number, totalBytes: number, atomCache: boolean): Promise<Result> {
  const connection = await DistConnection.connect({
    node: node.name,
    cookie: node.cookie,
    epmdPort: node.epmdPort,
    atomCache,
  });
  try {
    const count = Math.ceil(totalBytes / batchBytes);
    let seen = 0;
    let bytes = 0;
    const start = process.cpuUsage();
    await new Promise<void>((resolve) => {
      const scope = connection.spawn({
        onRaw: (payload) => {
          bytes += payload.length;
          seen += 1;
          if (seen === count) resolve();
        },
      });
      scope.register("scope");
      void node.eval(
        `B = binary:copy(<<7>>, ${batchBytes}), To = {scope, '${connection.localName}'},
         F = fun F(${count}) -> ok; F(I) -> To ! {es_batch, I, 1024, B}, F(I + 1) end, F(0)`,
        60_000,
      );
    });
    const { user, system } = process.cpuUsage(start);
    const seconds = (user + system) / 1e6;
    return { seen, bytes, rate: bytes / seconds / 1e6 };
  } finally {
    await connection.close();
  }
}

// The tracer's batches have 50 to 500 KB and need 250 MB/s; the rate asked for here only tells a linear reader from a quadratic one.
test.each([
  { size: 1_000, total: 30e6, least: 5 },
  { size: 50_000, total: 300e6, least: 20 },
  { size: 160_000, total: 300e6, least: 20 },
  { size: 500_000, total: 300e6, least: 20 },
  { size: 4_000_000, total: 300e6, least: 20 },
])("batches of $size bytes arrive whole and fast", async ({ size, total, least }) => {
  const plain = await throughput(size, total, false);
  const cached = await throughput(size, total, true);
  console.log(
    `OTP ${node.otp}, batches of ${size} bytes: ${plain.rate.toFixed(0)} MB/s; ` +
      `with atom cache and fragments ${cached.rate.toFixed(0)} MB/s`,
  );
  for (const { seen, bytes, rate } of [plain, cached]) {
    expect(seen).toBe(Math.ceil(total / size));
    expect(bytes).toBeGreaterThan(seen * size);
    expect(rate).toBeGreaterThan(least);
  }
});
