import { type Token, tokenize } from "./elixir-tokens.ts";

/** A printed term as a tree that can be laid out and folded. */
export type TermNode = TermLeaf | TermBranch;

/** Tokens that stand in one line: `count: 3`, `:a => "b"`. */
interface TermLeaf {
  readonly type: "leaf";
  readonly tokens: readonly Token[];
  readonly length: number;
}

export interface TermBranch {
  readonly type: "branch";
  /** What stands before the bracket in the same item: a key and its colon, `:a =>`. */
  readonly lead: readonly Token[];
  readonly open: Token;
  readonly items: readonly TermNode[];
  /** Absent where the text was cut before the bracket closed. */
  readonly close: Token | undefined;
  /** What stands after the bracket in the same item, such as ` | tail` of an improper list. */
  readonly trail: readonly Token[];
  /** Characters when printed in one line. */
  readonly length: number;
}

const SPACE: Token = { type: "space", text: " " };

/** Reads what `inspect` printed. Never fails: brackets left open by a cut stay open. */
export function parseTerm(text: string): readonly TermNode[] {
  const reader = { tokens: tokenize(text), at: 0 };
  const items: TermNode[] = [];
  while (reader.at < reader.tokens.length) {
    items.push(...readItems(reader));
    // A closing bracket without its partner: keep it as it is, lose nothing.
    const stray = reader.tokens[reader.at];
    if (stray) {
      items.push(leaf([stray]));
      reader.at += 1;
    }
  }
  return items;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

function readItems(reader: Reader): TermNode[] {
  const items: TermNode[] = [];
  let item = readItem(reader);
  while (item || reader.tokens[reader.at]?.type === "comma") {
    if (item) items.push(item);
    if (reader.tokens[reader.at]?.type !== "comma") break;
    reader.at += 1;
    item = readItem(reader);
  }
  return items;
}

/** One item up to its comma or the bracket that closes its parent. */
function readItem(reader: Reader): TermNode | undefined {
  const before: Token[] = [];
  let branch: TermBranch | undefined;
  const after: Token[] = [];
  for (;;) {
    const token = reader.tokens[reader.at];
    if (!token || token.type === "comma" || token.type === "close") break;
    reader.at += 1;
    if (token.type === "open" && !branch) branch = readBranch(reader, token, trimmed(before));
    else if (token.type === "open") after.push(...flatten(readBranch(reader, token, [])));
    else (branch ? after : before).push(token.type === "space" ? SPACE : token);
  }
  if (!branch) return trimmed(before).length > 0 ? leaf(trimmed(before)) : undefined;
  const trail = trimmed(after);
  return trail.length > 0 ? { ...branch, trail, length: branch.length + 1 + width(trail) } : branch;
}

function readBranch(reader: Reader, open: Token, lead: readonly Token[]): TermBranch {
  const items = readItems(reader);
  const closing = reader.tokens[reader.at];
  const close = closing?.type === "close" ? closing : undefined;
  if (close) reader.at += 1;
  const inner = items.reduce((sum, item) => sum + item.length + 2, 0);
  const leadWidth = lead.length > 0 ? width(lead) + 1 : 0;
  const length = leadWidth + open.text.length + Math.max(0, inner - 2) + (close?.text.length ?? 0);
  return { type: "branch", lead, open, items, close, trail: [], length };
}

const leaf = (tokens: readonly Token[]): TermLeaf => ({ type: "leaf", tokens, length: width(tokens) });

const width = (tokens: readonly Token[]): number => tokens.reduce((sum, token) => sum + token.text.length, 0);

function trimmed(tokens: readonly Token[]): readonly Token[] {
  let from = 0;
  let to = tokens.length;
  while (tokens[from]?.type === "space") from += 1;
  while (to > from && tokens[to - 1]?.type === "space") to -= 1;
  return tokens.slice(from, to);
}

/** The tokens of a node in one line, with the spaces that `inspect` puts. */
export function flatten(node: TermNode): readonly Token[] {
  if (node.type === "leaf") return node.tokens;
  const tokens: Token[] = [...node.lead];
  if (node.lead.length > 0) tokens.push(SPACE);
  tokens.push(node.open);
  node.items.forEach((item, index) => {
    if (index > 0) tokens.push({ type: "comma", text: "," }, SPACE);
    tokens.push(...flatten(item));
  });
  if (node.close) tokens.push(node.close);
  if (node.trail.length > 0) tokens.push(SPACE, ...node.trail);
  return tokens;
}
