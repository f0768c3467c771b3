import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

// Tests run against sources, so that no build is needed before a unit test.
const alias = [
  { find: /^@elixirscope\/etf$/, replacement: source("packages/etf/src/index.ts") },
  { find: /^@elixirscope\/dist$/, replacement: source("packages/dist/src/index.ts") },
  { find: /^elixirscope\/([a-z]+)$/, replacement: `${source("packages/elixirscope/src/")}$1/index.ts` },
];

// A limit is there for a test that hangs. How long one takes is a matter of the machine, which may stand still for
// seconds: where time is the subject, a test measures what does not count that.
const HANGS = 180_000;
// So does one for what is looked at until it is so.
const expectations = { poll: { timeout: 60_000, interval: 20 } };

// What a test of the product waits for must not wait for the rest of the suite as well (see docs/cli.md).
// And what they do is not among the acts of whoever runs them.
const env = { ELIXIRSCOPE_NICE: "0", XDG_STATE_HOME: join(tmpdir(), "elixirscope-tests") };

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      // Seconds; no Erlang node, no network.
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "web/src/**/*.test.{ts,tsx}",
            "scripts/**/*.test.mjs",
            "test/*.test.ts",
          ],
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
          exclude: [
            "**/*.node.test.ts",
            "**/*.clickhouse.test.ts",
            "**/node_modules/**",
            "packages/*/dist/**",
          ],
          testTimeout: HANGS,
          hookTimeout: HANGS,
          expect: expectations,
        },
      },
      // Real Erlang nodes; a file at a time, since the machine's cores are shared with the nodes.
      {
        extends: true,
        test: {
          name: "node",
          include: ["packages/*/src/**/*.node.test.ts", "test/node/**/*.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: HANGS,
          env,
          hookTimeout: HANGS,
          expect: expectations,
        },
      },
      // ClickHouse's own engine, which is not in the workspace: `npm run test:clickhouse` installs it.
      {
        extends: true,
        test: {
          name: "clickhouse",
          include: ["packages/*/src/**/*.clickhouse.test.ts", "test/clickhouse/**/*.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 4 },
          testTimeout: HANGS,
          hookTimeout: HANGS,
          expect: expectations,
        },
      },
      // The built product, as a user has it: CLI and UI in headless Chromium. Two at a time: a command waits as long as it works.
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          testTimeout: HANGS,
          env,
          hookTimeout: HANGS,
          expect: expectations,
        },
      },
    ],
  },
});
