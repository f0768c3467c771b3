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
