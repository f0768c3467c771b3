/** What would be an error in a guard on the BEAM: the guard is false then, whatever else it says. */
export class GuardError extends Error {}

export function fail(): never {
  throw new GuardError();
}
