import type { ReactElement } from "react";
import { plural, shortCount } from "../../domain/format.ts";
import { type LineLook, type LineState, STATE_WORDS } from "../../domain/line-states.ts";
import type { SourceToken } from "../../domain/source-lines.ts";
import { TermInline } from "../../parts/term-inline.tsx";
import { go } from "../../place/use-place.ts";

/** Told apart by sign as well as by colour. */
const SIGNS: Readonly<Record<LineState, string>> = {
  ran: "",
  not_run: "–",
  not_recorded: "·",
  none: "",
  unknown: "",
};

interface Props {
  readonly number: number;
  readonly of: number;
  readonly top: number;
  readonly tokens: readonly SourceToken[];
  readonly look: LineLook;
  readonly isChosen: boolean;
}

/** A line of a source: how often it ran, its text, and what was bound there last. */
export function SourceLine({ number, of, top, tokens, look, isChosen }: Props): ReactElement {
  const { state, row, heat } = look;
  const words = state === "ran" ? `ran ${plural(row!.count, "time")}` : STATE_WORDS[state];
  const values = row?.values ?? [];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the list, which holds the focus
    <div
      id={`line-${number}`}
      className={`source-line ${state}`}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-setsize={of}
      aria-posinset={number}
      aria-label={`line ${number}, ${words}: ${
        tokens
          .map(({ text }) => text)
          .join("")
          .trim() || "empty"
      }${values.length === 0 ? "" : `; ${values.map(({ name, value }) => `${name} = ${value.text}`).join(", ")}`}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => go({ line: number })}
    >
      <span className="line-number">{number}</span>
      <span className={`line-count heat-${heat}`} title={words}>
        {state === "ran" ? `${shortCount(row!.count)}×` : SIGNS[state]}
      </span>
      <span className="line-text">
        {tokens.map(({ text, look: colour }, index) =>
          colour === "" ? (
            text
          ) : (
            <span key={index} className={colour}>
              {text}
            </span>
          ),
        )}
      </span>
      {values.length > 0 && (
        <span className="line-values">
          {values.map(({ name, value }) => (
            <span key={name} className="line-value">
              {name} = <TermInline text={value.text} />
            </span>
          ))}
        </span>
      )}
    </div>
  );
}
