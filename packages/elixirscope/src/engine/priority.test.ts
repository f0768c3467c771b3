import { execFile } from "node:child_process";
import { hostname, networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { niceFor } from "./priority.ts";

const run = promisify(execFile);

/** In a process of its own, whose priority does not matter: of its main thread, of a child of it, and all others have. */
const SCRIPT = `
  import { execFileSync } from "node:child_process";
  import { readdirSync } from "node:fs";
  import { stat } from "node:fs/promises";
  import { getPriority } from "node:os";
  import { createViteServer } from "vitest/node";
  const server = await createViteServer({
    configFile: false, logLevel: "error", appType: "custom",
    server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true },
  });
  const { stepBack } = await server.ssrLoadModule(process.argv[1]);
  const before = getPriority();
  await stat(".");
  stepBack(process.argv[2]);
  const others = readdirSync("/proc/self/task").filter((thread) => Number(thread) !== process.pid);
  const child = Number(execFileSync("nice", { encoding: "utf8" }));
  console.log(JSON.stringify({ before, main: getPriority(process.pid), child, others: [...new Set(others.map((thread) => getPriority(Number(thread))))] }));
  process.exit();
`;

it.runIf(process.platform === "linux").each([
  ["7", 7],
  ["", 0],
  ["-3", 0],
  ["high", 0],
])(
  "with %j, threads but the main one get niceness %d, and children none",
  async (setting, nice) => {
    const file = fileURLToPath(new URL("./priority.ts", import.meta.url));
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", SCRIPT, file, setting]);
    const { before, main, child, others } = JSON.parse(stdout) as Record<string, unknown>;
    expect({ main, child, others }).toEqual({
      main: before,
      child: before,
      others: [Math.max(nice, Number(before))],
    });
  },
  30_000,
);

it.each([
  "shop@127.0.0.1",
  "shop@localhost",
  "shop@127.1.2.3",
  `shop@${hostname()}`,
  `shop@${hostname().split(".")[0]!.toUpperCase()}`,
  ...Object.values(networkInterfaces()).flatMap((all) => all!.map(({ address }) => `shop@${address}`)),
])("steps back beside %s, on this machine", (node) => {
  expect(niceFor(node, undefined)).toBe("5");
});

it.each(["shop@10.255.254.253", "shop@shop.example.com", "shop@elsewhere"])(
  "does not for %s, on another one",
  (node) => {
    expect(niceFor(node, undefined)).toBeUndefined();
  },
);

it("does what is set, wherever the node is", () => {
  expect(niceFor("shop@127.0.0.1", "0")).toBe("0");
  expect(niceFor("shop@127.0.0.1", "")).toBe("5");
  expect(niceFor("shop@10.255.254.253", "5")).toBe("5");
});
