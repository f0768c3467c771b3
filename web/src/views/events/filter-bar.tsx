import { X } from "lucide-react";
import type { ReactElement } from "react";
import { duration } from "../../domain/format.ts";
import { KIND_LOOKS, type Kind, type KindGroup } from "../../domain/kinds.ts";
import { KindMark } from "../../parts/kind-mark.tsx";
import { type Filters, filterCount } from "../../place/place.ts";
import { go, usePlace } from "../../place/use-place.ts";
import { FilterField } from "./filter-field.tsx";

const inGroup = (group: KindGroup): readonly Kind[] =>
  KIND_LOOKS.filter((look) => look.group === group && look.kind !== "gap" && look.kind !== "sample").map(
    (look) => look.kind,
  );

interface Choice {
  readonly text: string;
  readonly mark: Kind;
  readonly kinds: readonly Kind[];
}

const CHOICES: readonly Choice[] = [
  { text: "send", mark: "send", kinds: ["send"] },
  { text: "receive", mark: "receive", kinds: ["receive"] },
  { text: "to dead", mark: "send_to_dead", kinds: ["send_to_dead"] },
  { text: "spawn", mark: "spawn", kinds: ["spawn", "spawned"] },
  { text: "exit", mark: "exit", kinds: ["exit"] },
  { text: "call", mark: "call", kinds: ["call"] },
  { text: "return", mark: "return", kinds: ["return"] },
  { text: "exception", mark: "exception", kinds: ["exception"] },
  { text: "names, links", mark: "link", kinds: inGroup("structure") },
  { text: "observed", mark: "process", kinds: inGroup("observation") },
  { text: "samples", mark: "sample", kinds: ["sample"] },
];

const setFilters = (change: (filters: Filters) => Filters): void =>
  go(({ filters }) => ({ filters: change(filters) }), { replace: true });

/** What is typed: process, function, tag; and the range that the time bar set. */
export function FilterFields(): ReactElement {
  const { filters } = usePlace();
  return (
    <div className="filters" role="group" aria-label="Filters">
      <FilterField name="process" placeholder="process" search />
      <FilterField name="mfa" placeholder="Mod.fun/1" />
      <FilterField name="tag" placeholder="tag" />
      <RangeChip filters={filters} />
      {filterCount(filters) > 0 && (
        <button type="button" className="link-button" onClick={() => setFilters(() => ({}))}>
          drop all
        </button>
      )}
    </div>
  );
}

/** Which kinds are shown. No chip pressed shows every kind but samples. */
export function KindChips(): ReactElement {
  const { filters } = usePlace();
  return (
    <div className="filters" role="group" aria-label="Kinds">
      {CHOICES.map((choice) => (
        <KindChip key={choice.text} choice={choice} chosen={filters.kinds} />
      ))}
    </div>
  );
}

function KindChip({
  choice,
  chosen,
}: {
  readonly choice: Choice;
  readonly chosen: readonly Kind[] | undefined;
}): ReactElement {
  const on = choice.kinds.every((kind) => chosen?.includes(kind) ?? false);
  return (
    <button type="button" className="chip" aria-pressed={on} onClick={() => toggle(choice, on)}>
      <KindMark kind={choice.mark} /> {choice.text}
    </button>
  );
}

function toggle(choice: Choice, on: boolean): void {
  setFilters(({ kinds = [], ...rest }) => {
    const others = kinds.filter((kind) => !choice.kinds.includes(kind));
    const next = on ? others : [...others, ...choice.kinds];
    return next.length > 0 ? { ...rest, kinds: next } : rest;
  });
}

function RangeChip({ filters }: { readonly filters: Filters }): ReactElement | null {
  const { from, to } = filters;
  if (from === undefined && to === undefined) return null;
  const text =
    from !== undefined && to !== undefined
      ? `${duration(to - from)} range`
      : from === undefined
        ? "up to"
        : "since";
  return (
    <button
      type="button"
      className="chip"
      aria-pressed="true"
      title="Drop the range set on the time bar"
      onClick={() => setFilters(({ from: _from, to: _to, ...rest }) => rest)}
    >
      {text} <X size={12} aria-hidden="true" />
    </button>
  );
}
