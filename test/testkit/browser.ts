import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"] as const;

/** Headless Chromium of this machine; nothing is downloaded. `ELIXIRSCOPE_CHROMIUM` names another one. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.ELIXIRSCOPE_CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (!executablePath)
    throw new Error(`No Chromium in ${PATHS.join(", ")}: install it, or set ELIXIRSCOPE_CHROMIUM.`);
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
