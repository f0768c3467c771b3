import { useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
const PREFIX = "elixirscope.";

/** A choice of the reader's own that outlives the tab, such as the theme. Storage that is barred is no error. */
export function useSetting<T extends string>(
  name: string,
  values: readonly T[],
  otherwise: T,
): readonly [T, (value: T) => void] {
  const read = (): T => values.find((value) => value === stored(name)) ?? otherwise;
  const value = useSyncExternalStore(onSetting, read);
  return [value, (next) => setSetting(name, next)];
}

/** The same for a text, such as how to open the editor. */
export function useTextSetting(name: string): readonly [string, (value: string) => void] {
  const value = useSyncExternalStore(onSetting, () => stored(name) ?? "");
  return [value, (next) => setSetting(name, next)];
}

export function setSetting(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    return;
  }
  for (const listener of listeners) listener();
}

export function stored(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function onSetting(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
