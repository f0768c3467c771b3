import axe from "axe-core";
import type { Page } from "playwright-core";

// What a theme can change; everything else is the same in both.
const OF_COLOURS: axe.RunOptions = { runOnly: { type: "rule", values: ["color-contrast"] } };
/** About a page as a whole: axe does not ask them of a part of it. */
const OF_PAGES: axe.RunOptions = {
  runOnly: {
    type: "rule",
    values: ["bypass", "heading-order", "landmark-one-main", "page-has-heading-one", "region"],
  },
};
/** Of the frame around the views, which is the same everywhere, what a view fills is the inspector. */
const VIEW = ["main", "aside[aria-label=Inspector]"] as const;

/** What axe finds wrong on a page, light and dark, and where. */
export async function violations(page: Page, ...within: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  const context = within.length === 0 ? "document" : JSON.stringify({ include: within.map((one) => [one]) });
  const look = async (scheme: "light" | "dark", where: string, options: axe.RunOptions): Promise<void> => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const run = JSON.stringify({ ...options, resultTypes: ["violations"], preload: false });
    const result = await page.evaluate<axe.AxeResults>(`axe.run(${where}, ${run})`);
    for (const { id, nodes } of result.violations)
      found.push(...nodes.map(({ html, failureSummary }) => `${scheme}, ${id}: ${html}\n${failureSummary}`));
  };
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  await look("dark", context, OF_COLOURS);
  await look("light", context, {});
  if (within.length > 0) await look("light", "document", OF_PAGES);
  return found;
}

/** The same of a view alone: of its frame only what is about the page as a whole. */
export const violationsOfView = (page: Page): Promise<readonly string[]> => violations(page, ...VIEW);
