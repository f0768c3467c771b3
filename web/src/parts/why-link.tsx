import { MessageCircleQuestionMark } from "lucide-react";
import type { ReactElement } from "react";
import { Link } from "wouter";
import type { About } from "../place/details.ts";
import { useHref } from "../place/use-place.ts";

/** Leads to what went wrong with one thing. */
export function WhyLink({ about }: { readonly about: About }): ReactElement {
  const href = useHref();
  return (
    <Link
      href={href({
        view: "ask",
        process: undefined,
        item: undefined,
        selection: undefined,
        details: { about },
      })}
      className="link-button why-link"
      title="What went wrong with it"
    >
      <MessageCircleQuestionMark size={13} aria-hidden="true" /> why?
    </Link>
  );
}
