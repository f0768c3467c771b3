/** What a piece of a printed term is; its colour in IEx follows from it. */
export type TokenType =
  | "atom"
  | "key"
  | "string"
  | "number"
  | "constant"
  | "module"
  | "ref"
  | "pid"
  | "open"
  | "close"
  | "comma"
  | "operator"
  | "cut"
  | "space"
  | "text";

export interface Token {
  readonly type: TokenType;
  readonly text: string;
}

// Tried in this order at each place; sticky, so every one starts exactly where the last ended.
const RULES: readonly (readonly [TokenType, RegExp])[] = [
  ["space", /\s+/y],
  ["string", /~[a-zA-Z](?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)/y],
  ["key", /"(?:[^"\\]|\\.)*":(?=\s)/y],
  ["string", /"(?:[^"\\]|\\.)*"?/y],
  ["string", /'(?:[^'\\]|\\.)*'?/y],
  ["pid", /#PID<[\d.]+>/y],
  ["open", /#[A-Z][\w.]*<(?=\[)/y],
  ["ref", /#[A-Z][\w.]*<[^<>]*(?:<[^<>]*>[^<>]*)*>?/y],
  ["open", /%(?:[A-Z][\w.]*)?\{/y],
  ["open", /<</y],
  ["close", />>/y],
  ["open", /[[{(]/y],
  ["close", /[\]})]>?/y],
  ["number", /-?(?:0x[\da-fA-F]+|\d[\d_]*(?:\.\d+(?:e[+-]?\d+)?)?)/y],
  ["key", /(?:[a-z_][\w@]*[?!]?|[A-Z][\w.@]*):(?=\s)/y],
  ["atom", /:"(?:[^"\\]|\\.)*"?/y],
  ["atom", /:[A-Za-z_][\w@]*[?!]?/y],
  ["atom", /:(?:[-+*/<>=!&|^~.%{}]+)/y],
  ["constant", /(?:true|false|nil)(?![\w@?!])/y],
  ["module", /[A-Z]\w*(?:\.[A-Z]\w*)*/y],
  ["cut", /\.\.\.|…/y],
  ["comma", /,/y],
  ["operator", /=>|::|[|&/.=-]+/y],
  ["text", /[a-z_][\w@]*[?!]?/y],
];

/**
 * The pieces of a term as `inspect` prints it, cut or whole. Joined they give the text back, whatever it is:
 * what no rule knows stays as `text`.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const token = tokenAt(text, at) ?? { type: "text" as const, text: text[at]! };
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [type, rule] of RULES) {
    rule.lastIndex = at;
    const match = rule.exec(text);
    if (match && match[0].length > 0) return { type, text: match[0] };
  }
  return undefined;
}
