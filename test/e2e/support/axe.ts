import axe from "axe-core";
import type { Page } from "playwright-core";

// What a theme can change; everything else is the same in both.
const OF_COLOURS = ["color-contrast"];

/** What axe finds wrong on a page, light and dark, and where. */
export async function violations(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (colorScheme: "light" | "dark", options: axe.RunOptions): Promise<void> => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const run = JSON.stringify({ ...options, resultTypes: ["violations"], preload: false });
    const result = await page.evaluate<axe.AxeResults>(`axe.run(document, ${run})`);
    for (const { id, nodes } of result.violations)
      found.push(
        ...nodes.map(({ html, failureSummary }) => `${colorScheme}, ${id}: ${html}\n${failureSummary}`),
      );
  };
  await page.evaluate(axe.source);
  await look("light", {});
  await look("dark", { runOnly: { type: "rule", values: OF_COLOURS } });
  return found;
}
