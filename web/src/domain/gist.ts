import { flatten, parseTerm, type TermBranch, type TermNode } from "./term-tree.ts";

/** A message as a person would tell it: what sort it is, and what is in it. */
export interface Gist {
  readonly sort: "call" | "cast" | "reply" | undefined;
  readonly text: string;
}

/**
 * Takes the envelope of OTP off a printed message: `{:"$gen_call", {pid, [:alias | ref]}, :increment}` is the call
 * `:increment`. What is no such envelope, or was cut before its content, stays as it is.
 */
export function gistOf(text: string): Gist {
  const plain: Gist = { sort: undefined, text };
  if (!/^\{(:"\$gen_|\[:alias|#Reference<)/.test(text)) return plain;
  const [node] = parseTerm(text);
  if (node?.type !== "branch" || node.items.length < 2) return plain;
  const [head, second, third] = node.items;
  const name = textOf(head);
  if (name === ':"$gen_call"' && node.items.length === 3) return { sort: "call", text: textOf(third) };
  if (name === ':"$gen_cast"') return { sort: "cast", text: textOf(second) };
  return isReply(node) ? { sort: "reply", text: textOf(second) } : plain;
}

// A reply is tagged with the reference of its call, bare or as an alias.
function isReply({ items }: TermBranch): boolean {
  return items.length === 2 && /^(\[:alias \| )?#Reference<[^>]*>\]?$/.test(textOf(items[0]));
}

const textOf = (node: TermNode | undefined): string =>
  node
    ? flatten(node)
        .map((token) => token.text)
        .join("")
    : "";
