import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ErlangNode } from "./erlang-node.ts";

const CLI = fileURLToPath(new URL("../../packages/elixirscope/dist/cli/main.js", import.meta.url));

/** The real CLI as a process of its own, attached to the node and tracing with these options; `npm run build` first. */
export async function attachCli(node: ErlangNode, ...options: readonly string[]): Promise<ChildProcess> {
  return (await attachCliServing(node, ...options)).child;
}

/** The same, with the address of its UI, token and all. */
export async function attachCliServing(
  node: ErlangNode,
  ...options: readonly string[]
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [CLI, "attach", node.name, ...options, "--json", "--no-open"], {
    env: { ...process.env, ERL_EPMD_PORT: String(node.epmdPort), ELIXIRSCOPE_COOKIE: node.cookie },
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Its first line says where the UI is: it is attached and tracing by then. It goes on being read.
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    let said = "";
    lines.on("line", (line) => {
      said += line;
      if (line.includes('"url"')) resolve({ child, url: (JSON.parse(line) as { url: string }).url });
    });
    child.once("exit", () => reject(new Error(`elixirscope ended before it was attached: ${said}`)));
  });
}
