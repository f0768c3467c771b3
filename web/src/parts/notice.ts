// One short sentence at a time, at the bottom of the page, read out by screen readers.

const SHOWN_MS = 2_500;
const listeners = new Set<() => void>();
let text = "";
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(sentence: string): void {
  clearTimeout(timer);
  set(sentence);
  timer = setTimeout(set, SHOWN_MS, "");
}

export const noticeText = (): string => text;

export function onNotice(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(next: string): void {
  text = next;
  for (const listener of listeners) listener();
}
