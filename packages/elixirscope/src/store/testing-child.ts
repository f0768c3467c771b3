import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const STORE = fileURLToPath(new URL("./", import.meta.url));

/**
 * Starts a process of its own that runs `body` (an async function's body, plain JavaScript) with `store` and `testing`
 * as the modules of these names, from the sources: for what a test process does not survive.
 */
export function spawnWithStore(body: string): ChildProcess {
  const script = `
    import { createViteServer } from "vitest/node";
    const server = await createViteServer({
      configFile: false, root: ${JSON.stringify(STORE)}, logLevel: "error", appType: "custom",
      server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true },
    });
    const store = await server.ssrLoadModule(${JSON.stringify(`${STORE}index.ts`)});
    const testing = await server.ssrLoadModule(${JSON.stringify(`${STORE}testing.ts`)});
    const run = async () => { ${body} };
    await run();
    await server.close();
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: STORE,
    stdio: ["ignore", "pipe", "inherit"],
  });
}
