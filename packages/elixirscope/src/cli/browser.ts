import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runtimeDir } from "./runtime-file.ts";
import type { Context } from "./terminal.ts";

/** Is there a desktop on which a browser could appear? */
export function hasDesktop(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): boolean {
  if (env.CI || env.SSH_CONNECTION) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Would a browser be welcome: is there a person at a terminal, and a desktop? */
export const canBrowse = (context: Context): boolean => context.err.isTTY && hasDesktop(context.env);

/** The command that opens an address with the person's browser. */
export function openerFor(platform: NodeJS.Platform): readonly [string, ...string[]] {
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["cmd", "/c", "start", ""];
  return ["xdg-open"];
}

// Browsers from a snap may not read hidden folders or /tmp, so that a redirecting file would show them an error.
const SNAP_BROWSERS = ["/snap/bin/firefox", "/snap/bin/chromium"];

/**
 * Opens `url`, whose token is a secret: a browser's argv is visible to other users, so that it gets a file (0600) which
 * leads on to the address, except where the browser could not read that file.
 * @returns the function that removes that file again
 */
export async function openBrowser(url: string, env: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const direct = process.platform !== "linux" || SNAP_BROWSERS.some((path) => existsSync(path));
  if (direct) {
    start(url);
    return async () => undefined;
  }
  const dir = runtimeDir(env);
  const path = join(dir, `${process.pid}-open.html`);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(path, redirectPage(url), { mode: 0o600 });
  start(path);
  return () => rm(path, { force: true });
}

const redirectPage = (url: string): string =>
  `<!doctype html><meta charset="utf-8"><title>ElixirScope</title><script>location.replace(${JSON.stringify(url)})</script>\n`;

function start(target: string): void {
  const [command, ...args] = openerFor(process.platform);
  const child = spawn(command, [...args, target], { stdio: "ignore", detached: true });
  // No opener installed: the address is on the screen anyway.
  child.on("error", () => undefined);
  child.unref();
}
