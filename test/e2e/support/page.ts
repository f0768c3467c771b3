import type { Browser, Page } from "playwright-core";

export interface WatchedPage {
  readonly page: Page;
  /** What failed in the page so far: exceptions, and errors on its console. */
  readonly problems: string[];
}

/** A page of the usual size that notes what fails in it: nothing may fail silently. */
export async function watchedPage(browser: Browser): Promise<WatchedPage> {
  const problems: string[] = [];
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  return { page, problems };
}

/**
 * Brings a page to an address as a link within it does, from another view and with the focus on nothing, so that all of
 * the view is new; one of another origin is loaded.
 */
export async function visit(page: Page, address: string): Promise<void> {
  const { origin, pathname, search } = new URL(address);
  if (new URL(page.url()).origin !== origin) {
    await page.goto(address);
    return;
  }
  const go = (path: string): Promise<unknown> =>
    page.evaluate(`history.pushState(null, "", ${JSON.stringify(path)}), document.activeElement.blur()`);
  await go(pathname === "/bookmarks" ? "/flows" : "/bookmarks");
  await go(pathname + search);
}

/** What `lines` lack of `rows`, whose parts each line in its turn must have; nothing: they say the same. */
export function lacking(
  lines: readonly string[],
  rows: readonly (readonly string[])[],
): readonly (string | number)[] {
  const parts = rows.flatMap((row, index) => row.filter((part) => !lines[index]?.includes(part)));
  return lines.length === rows.length ? parts : [...parts, lines.length - rows.length];
}

/** The keys of a shortcut such as `g p`, in one moment: what waits a second for the next key must not wait for the machine. */
export const pressKeys = (page: Page, keys: string): Promise<unknown> =>
  page.evaluate(`for (const key of ${JSON.stringify(keys.split(" "))})
    (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }))`);
