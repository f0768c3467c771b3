import { setSetting, stored, useSetting } from "../parts/setting.ts";

/** `auto` follows the system. */
export type Theme = "auto" | "light" | "dark";
const THEMES: readonly Theme[] = ["auto", "light", "dark"];
const ROUND: Readonly<Record<Theme, Theme>> = { auto: "light", light: "dark", dark: "auto" };

export function useTheme(): { readonly theme: Theme; readonly next: () => void } {
  const [theme] = useSetting<Theme>("theme", THEMES, "auto");
  return { theme, next: () => setTheme(ROUND[theme]) };
}

export function setTheme(theme: Theme): void {
  setSetting("theme", theme);
  applyTheme(theme);
}

/** Puts the stored choice on the document; called before the first paint. */
export function applyTheme(theme: Theme = THEMES.find((value) => value === stored("theme")) ?? "auto"): void {
  document.documentElement.dataset.theme = theme;
}
