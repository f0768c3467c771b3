import { memo, type NamedExoticComponent, type ReactElement } from "react";
import { type Token, tokenize } from "../domain/elixir-tokens.ts";

/** Tokens in their IEx colours. React escapes every text, whatever an application puts into a term. */
export function Tokens({ tokens }: { readonly tokens: readonly Token[] }): ReactElement {
  return (
    <>
      {tokens.map((token, index) => {
        const colored = token.type !== "space" && token.type !== "text" && token.type !== "comma";
        return colored ? (
          <span key={index} className={`tk-${token.type}`}>
            {token.text}
          </span>
        ) : (
          token.text
        );
      })}
    </>
  );
}

const LONGEST = 400;

/** A term in one line of a list, coloured; more than fits on any screen is left to the inspector. */
export const TermInline: NamedExoticComponent<{ readonly text: string }> = memo(function TermInline({
  text,
}) {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return (
    <span className="term-inline">
      <Tokens tokens={tokenize(shown)} />
    </span>
  );
});
