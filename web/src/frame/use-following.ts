import type { Person } from "elixirscope/protocol";
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { navigate } from "wouter/use-browser-location";
import { newestLead, whoLeads } from "../domain/following.ts";
import { useTextSetting } from "../parts/setting.ts";
import { formatPlace } from "../place/place.ts";
import { placeNow, usePlace } from "../place/use-place.ts";
import { type People, sayHere, usePeople } from "../server/presence.ts";

interface Wish {
  /** Whom this page chose to follow. */
  readonly chosen: number | null;
  /** The newest lead that it let go of. */
  readonly left: number;
  readonly leads: boolean;
}

let wish: Wish = { chosen: null, left: 0, leads: false };
const listeners = new Set<() => void>();
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function put(next: Partial<Wish>): void {
  wish = { ...wish, ...next };
  for (const listener of listeners) listener();
}

/** Shows the others the way, or no longer. */
export const lead = (leads: boolean): void => put(leads ? { leads, chosen: null } : { leads });

/** Goes where somebody goes. */
export const follow = (id: number): void => put({ chosen: id, leads: false });

/** Goes its own way, also past those who lead now. */
export const letGo = (people: readonly Person[]): void => put({ chosen: null, left: newestLead(people) });

export interface Following extends People {
  /** Whom this page follows. */
  readonly leader: Person | undefined;
  readonly leads: boolean;
}

/** Who is there, and whom this page follows. */
export function useFollowing(): Following {
  const { you, people } = usePeople();
  const now = useSyncExternalStore(subscribe, () => wish);
  const leader = useMemo(() => whoLeads(people, you, now), [people, you, now]);
  return { you, people, leader, leads: now.leads };
}

const ACTS = ["pointerdown", "keydown", "wheel"] as const;
const ONLY_HELD: ReadonlySet<string> = new Set(["Shift", "Control", "Alt", "Meta"]);

/** Tells the others where this page is, and takes it where the one goes whom it follows, until somebody acts here. Once, in the frame. */
export function useTogether(): void {
  const { leader, leads, people } = useFollowing();
  const [name] = useTextSetting("name");
  const href = formatPlace(usePlace());
  const follows = leader?.id ?? null;
  useEffect(
    () => sayHere({ name: name.trim().slice(0, 40), href, leads, follows }),
    [name, href, leads, follows],
  );
  // Where it was taken last: what is done here must not be undone by an address that was heard before.
  const taken = useRef<string | undefined>(undefined);
  const there = leader?.href;
  useEffect(() => {
    if (there === taken.current) return;
    taken.current = there;
    if (there !== undefined && formatPlace(placeNow()) !== there) navigate(there, { replace: true });
  }, [there]);
  const isFollowing = leader !== undefined;
  useEffect(() => {
    if (!isFollowing) return undefined;
    const onAct = (event: Event): void => {
      if (event instanceof KeyboardEvent && ONLY_HELD.has(event.key)) return;
      if (event.target instanceof Element && event.target.closest("[data-following]")) return;
      letGo(people);
    };
    for (const act of ACTS) window.addEventListener(act, onAct, { capture: true, passive: true });
    return () => {
      for (const act of ACTS) window.removeEventListener(act, onAct, { capture: true });
    };
  }, [isFollowing, people]);
}
