/** The pages of the documentation and the code blocks in them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

export interface Block {
  /** The file, from the root of the repository. */
  readonly page: string;
  /** Where its fence stands. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Numbers in its output that are others each time, from a comment above it: `<!-- varies: 412 7 -->`. */
  readonly varies: readonly string[];
}

/** A command of a `console` block, with what it is said to print. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

const FOLDERS = ["docs", "examples", "packages/etf", "packages/dist"];
const MADE_OR_FETCHED = /(?:^|\/)(?:node_modules|deps|_build|pages|dist)\//;

/** All pages of the repository that a user reads. */
export const PAGES: readonly string[] = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "agent/README.md",
  "agent/elixir/README.md",
  "test/recordings/README.md",
  ...FOLDERS.flatMap((folder) =>
    readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md") && !MADE_OR_FETCHED.test(file))
      .map((file) => `${folder}/${file.replaceAll("\\", "/")}`),
  ),
].sort();

export const pageText = (page: string): string => readFileSync(`${ROOT}${page}`, "utf8");

const OPENS = /^( *)```(\S*)$/;
const VARIES = /^\s*<!-- varies: (.+) -->$/;

export function blocksOf(page: string, text: string = pageText(page)): readonly Block[] {
  const blocks: Block[] = [];
  let varies: readonly string[] = [];
  let open: { line: number; indent: string; language: string; lines: string[] } | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    if (open === undefined) {
      const [, indent, language] = OPENS.exec(line) ?? [];
      if (indent !== undefined && language !== undefined) open = { line: i + 1, indent, language, lines: [] };
      else if (line !== "") varies = VARIES.exec(line)?.[1]?.split(" ") ?? [];
    } else if (line === `${open.indent}\`\`\``) {
      blocks.push({ page, line: open.line, language: open.language, text: open.lines.join("\n"), varies });
      [open, varies] = [undefined, []];
    } else open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: the block has no end`);
  return blocks;
}

/** The commands of a `console` block (`$ `, continued with `> `), each with the lines below it. */
export function stepsOf({ page, line, text }: Block): readonly Step[] {
  const steps: { command: string; output: string[] }[] = [];
  for (const one of text.split("\n")) {
    const last = steps.at(-1);
    if (one.startsWith("$ ")) steps.push({ command: one.slice(2), output: [] });
    else if (last === undefined) throw new Error(`${page}:${line}: a console block begins with a command`);
    else if (one.startsWith("> ") && last.output.length === 0) last.command += `\n${one.slice(2)}`;
    else last.output.push(one);
  }
  return steps.map(({ command, output }) => ({ command, output: output.join("\n") }));
}

/** Quoted text, or the rest of a line that is a comment. */
const QUOTED_OR_COMMENT = /'[^']*'|"(?:\\.|[^"\\])*"|(?:^|\s)\s*#(?!\{).*$/gm;

/** The commands of a `sh` block, without comments; a line that ends in a backslash goes on, and so does what is quoted. */
export function commandsOf({ text }: Pick<Block, "text">): readonly string[] {
  const kept: string[] = [];
  const bare = text
    .replaceAll("\\\n", " ")
    .replaceAll(QUOTED_OR_COMMENT, (found) => (/^['"]/.test(found) ? `\0${kept.push(found) - 1}\0` : ""));
  return bare
    .split("\n")
    .map((line) => line.replaceAll(/\0(\d+)\0/g, (_, at: string) => kept[Number(at)]!).trim())
    .filter((line) => line !== "");
}

const WORDS = /(?:'[^']*'|"(?:\\.|[^"\\])*"|\$\(|<\(|\\.|[^\s'"\\()|;&<>])+|[|;&]+|\d?>+|<|[()]/g;

/**
 * The programs that a command calls, each with its arguments as a shell takes them: quotes removed, nothing expanded; assignments
 * before them and redirections are left out.
 */
export function callsOf(command: string): readonly (readonly string[])[] {
  const calls: string[][] = [[]];
  let isFile = false;
  for (const [word] of command.replaceAll(/"?(?:\$|<)\(([^()]*)\)"?/g, "; $1").matchAll(WORDS)) {
    if (/^[|;&()]+$/.test(word)) calls.push([]);
    else if (/^(?:\d?>+|<)$/.test(word)) isFile = true;
    else if (isFile) isFile = false;
    else if (calls.at(-1)!.length > 0 || !/^[A-Z_]+=/.test(word))
      calls.at(-1)!.push(word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, "$1$2"));
  }
  return calls.filter(([program]) => program !== undefined && program !== "eval" && program !== "source");
}
