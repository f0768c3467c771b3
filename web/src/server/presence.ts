import type { Here, PeoplePush, Person } from "elixirscope/protocol";
import { useSyncExternalStore } from "react";

// Who else looks at this session. What this page says of itself goes out ten times a second at most, the newest of it always.

const SAY_MS = 100;
/** The server takes no longer address. */
const LONGEST = 8_000;

export interface People {
  /** This page's number; null: nobody is told of. */
  readonly you: number | null;
  readonly people: readonly Person[];
}

let state: People = { you: null, people: [] };
let here: Here | undefined;
let said = "";
let socket: WebSocket | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const usePeople = (): People => useSyncExternalStore(subscribe, () => state);

/** The socket is open: it hears where this page is. */
export function presenceOn(open: WebSocket | undefined): void {
  socket = open;
  said = "";
  if (open) sayNow();
  else accept({ type: "people", you: null, people: [] });
}

export function accept({ you, people }: PeoplePush): void {
  state = { you, people };
  for (const listener of listeners) listener();
}

/** Where this page is from now on. */
export function sayHere(next: Omit<Here, "type">): void {
  if (next.href.length > LONGEST) return;
  here = { type: "here", ...next };
  timer ??= setTimeout(sayNow, SAY_MS);
}

function sayNow(): void {
  clearTimeout(timer);
  timer = undefined;
  const text = here ? JSON.stringify(here) : "";
  if (text === said || socket?.readyState !== WebSocket.OPEN) return;
  said = text;
  socket.send(text);
}
