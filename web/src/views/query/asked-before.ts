import { useSyncExternalStore } from "react";
import { onSetting, setSetting, stored } from "../../parts/setting.ts";

/** A question that was asked in this browser. */
export interface AskedBefore {
  readonly title: string;
  /** Path and query of its place. */
  readonly href: string;
}

const NAME = "asked";
const KEPT = 20;

/** The newest first. */
export function useAskedBefore(): readonly AskedBefore[] {
  const text = useSyncExternalStore(onSetting, () => stored(NAME));
  return parsed(text);
}

/** Puts a question in front; one of the same address moves there. */
export function noteAsked(asked: AskedBefore): void {
  const others = parsed(stored(NAME)).filter(({ href }) => href !== asked.href);
  setSetting(NAME, JSON.stringify([asked, ...others].slice(0, KEPT)));
}

function parsed(text: string | null): readonly AskedBefore[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list.filter(isAsked) : [];
  } catch {
    return [];
  }
}

const isAsked = (one: unknown): one is AskedBefore => {
  const { title, href } = (one ?? {}) as Partial<AskedBefore>;
  return typeof title === "string" && typeof href === "string" && href.startsWith("/query");
};
