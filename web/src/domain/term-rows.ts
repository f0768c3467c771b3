import type { Token } from "./elixir-tokens.ts";
import { flatten, type TermBranch, type TermNode } from "./term-tree.ts";

/** One visible line of a term that is laid out as a tree. */
export interface TermRow {
  /** Places among their siblings, from the root down: `0.3.1`. */
  readonly key: string;
  /** 1 for the whole term. */
  readonly level: number;
  readonly tokens: readonly Token[];
  readonly expandable: boolean;
  readonly expanded: boolean;
  /** Items in it. */
  readonly items: number;
  /** How a condition names this value (`socket.assigns.count`); of what has no such name, the nearest around it. */
  readonly path: string;
  /** `path` names what this stands in, not this. */
  readonly within: boolean;
  /** The value as Elixir prints it, without its key. */
  readonly text: string;
  readonly hit: boolean;
}

export interface TermTreeView {
  /** Keys that somebody opened or closed. */
  readonly toggled: ReadonlyMap<string, boolean>;
  /** Lower case; "" finds nothing. What is found is opened. */
  readonly search: string;
  /** Characters of a line; what fits in one starts folded. */
  readonly room: number;
}

const OPEN_LEVELS = 4;
const MANY = 60;

/** The lines of a printed term, top to bottom. */
export function termRows(nodes: readonly TermNode[], view: TermTreeView): readonly TermRow[] {
  const rows: TermRow[] = [];
  for (const [index, node] of nodes.entries())
    addRows(node, `${index}`, 1, { path: "state", within: false }, view, rows);
  return rows;
}

interface Named {
  readonly path: string;
  readonly within: boolean;
}

function addRows(
  node: TermNode,
  key: string,
  level: number,
  named: Named,
  view: TermTreeView,
  rows: TermRow[],
): void {
  const line = flatten(node);
  const text = textOf(valueTokens(node));
  const expandable = node.type === "branch" && node.items.length > 0;
  const inside =
    view.search !== "" && expandable && textOf(innerTokens(node)).toLowerCase().includes(view.search);
  const long = expandable && node.length > view.room && node.items.length <= MANY;
  const byItself = level === 1 || (level <= OPEN_LEVELS && long);
  const expanded = expandable && (inside || (view.toggled.get(key) ?? byItself));
  const own = expandable ? [...node.lead, node.open] : line;
  rows.push({
    key,
    level,
    tokens: expanded ? spaced(node) : line,
    expandable,
    expanded,
    items: node.type === "branch" ? node.items.length : 0,
    ...named,
    text,
    hit: view.search !== "" && textOf(own).toLowerCase().includes(view.search),
  });
  if (!expanded) return;
  for (const [index, item] of node.items.entries())
    addRows(item, `${key}.${index}`, level + 1, nameOf(named, node, item, index, level), view, rows);
}

const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join("");

/** Key and bracket, and what closes it at once. */
function spaced({ lead, open, close }: TermBranch): readonly Token[] {
  const space: Token = { type: "space", text: " " };
  const end: readonly Token[] = close ? [{ type: "cut", text: "…" }, close] : [];
  return [...lead, ...(lead.length > 0 ? [space] : []), open, ...end];
}

const innerTokens = ({ items }: TermBranch): readonly Token[] =>
  items.flatMap((item) => [...flatten(item), { type: "space", text: " " } satisfies Token]);

/** Without `count: ` or `"a" => ` in front. */
function valueTokens(node: TermNode): readonly Token[] {
  const all = flatten(node);
  const lead =
    node.type === "branch" ? node.lead.length + (node.lead.length > 0 ? 1 : 0) : keyLength(node.tokens);
  return all.slice(lead);
}

function keyLength(tokens: readonly Token[]): number {
  const end = tokens[0]?.type === "key" ? 0 : tokens.findIndex(({ text }) => text === "=>");
  if (end < 0) return 0;
  return tokens[end + 1]?.type === "space" ? end + 2 : end + 1;
}

/** How a condition names an item of a term; it has words for fields, elements of tuples, and heads of lists. */
function nameOf(around: Named, branch: TermBranch, item: TermNode, index: number, level: number): Named {
  const { path, within } = around;
  if (within) return around;
  const [first] = item.type === "branch" ? item.lead : item.tokens;
  const open = branch.open.text;
  if (open.startsWith("%")) {
    const field = first?.type === "key" ? /^([a-z_]\w*[?!]?):$/.exec(first.text)?.[1] : undefined;
    if (field === undefined) return { path, within: true };
    // A field of the state itself is called by its bare name.
    return { path: path === "state" ? field : `${path}.${field}`, within: false };
  }
  if (open === "{") {
    if (level === 1 && isStatem(branch)) return { path: index === 0 ? "state_name" : "state", within: false };
    return { path: `elem(${path}, ${index})`, within: false };
  }
  if (open === "[" && index < 8 && first?.type !== "key")
    return { path: `hd(${"tl(".repeat(index)}${path}${")".repeat(index)})`, within: false };
  return { path, within: true };
}

/** The state of a gen_statem is printed as `{name, data}`. */
const isStatem = ({ items }: TermBranch): boolean =>
  items.length === 2 &&
  items[0]?.type === "leaf" &&
  items[0].tokens.length === 1 &&
  items[0].tokens[0]?.type === "atom";
