import { useSyncExternalStore } from "react";

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Names the colours in force: changes when the choice or the system's theme does. For what is drawn on a canvas. */
export const useThemeVersion = (): string => useSyncExternalStore(subscribe, version);

const version = (): string => `${document.documentElement.dataset.theme ?? "auto"}/${dark.matches}`;

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", listener);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", listener);
  };
}
