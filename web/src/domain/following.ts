import type { Person } from "elixirscope/protocol";

/** Who leads this page: whoever began last to lead, unless this page let go of them; else whom it chose to follow. */
export function whoLeads(
  people: readonly Person[],
  you: number | null,
  { chosen, left, leads }: { readonly chosen: number | null; readonly left: number; readonly leads: boolean },
): Person | undefined {
  // Who shows the way goes nobody else's.
  if (leads || you === null) return undefined;
  const others = people.filter(({ id }) => id !== you);
  const leader = others
    .filter(({ led }) => led > left)
    .toSorted((a, b) => b.led - a.led)
    .at(0);
  return leader ?? lastOf(others, chosen, you);
}

/** Whoever follows somebody is where that one is; in a circle nobody leads. */
function lastOf(others: readonly Person[], chosen: number | null, you: number): Person | undefined {
  const seen = new Set<number>([you]);
  let at = others.find(({ id }) => id === chosen);
  while (at && at.follows !== null) {
    if (seen.has(at.id)) return undefined;
    seen.add(at.id);
    if (at.follows === you) return undefined;
    const next = others.find(({ id }) => id === at!.follows);
    if (!next) return at;
    at = next;
  }
  return at;
}

/** The newest beginning of a lead: what somebody who lets go has seen of it. */
export const newestLead = (people: readonly Person[]): number => Math.max(0, ...people.map(({ led }) => led));

/** As one is called who said nothing. */
export const nameOf = ({ name, id }: Pick<Person, "name" | "id">): string => name || `Guest ${id}`;
