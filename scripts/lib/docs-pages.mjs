// The pages of the documentation, their order, and what their links lead to on the site.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { ROOT } from "./run.mjs";

const page = (from, to, title) => ({ from, to, title });
/** Of a file in docs/, at the same place on the site. */
const doc = (name, title) => page(`docs/${name}.md`, `${name}.md`, title);
const made = (name, title) => ({ to: `reference/${name}.md`, title, made: name });

const adrs = () =>
  readdirSync(join(ROOT, "docs/adr"))
    .filter((file) => file.endsWith(".md"))
    .sort()
    .map((file) => doc(`adr/${file.slice(0, -".md".length)}`));

/** In the order of the menu; a page without a title has its own first heading. */
const MENU = [
  {
    title: "Start",
    pages: [
      page("README.md", "index.md", "What it is"),
      doc("quick-start"),
      doc("ways-in"),
      page("examples/hello_otp/README.md", "examples/hello-otp.md", "Example: stock Elixir"),
      page("examples/hello_phoenix/README.md", "examples/hello-phoenix.md", "Example: Phoenix"),
    ],
  },
  {
    title: "Tutorials",
    pages: [
      doc("tutorials/index", "Which one?"),
      doc("tutorials/counter-does-not-update"),
      doc("tutorials/slow-request"),
      doc("tutorials/crash-loop"),
      doc("tutorials/growing-mailbox"),
      doc("tutorials/memory-leak"),
      doc("tutorials/deadlock"),
      doc("tutorials/message-lost-between-nodes"),
    ],
  },
  {
    title: "Guides",
    pages: [
      doc("ui", "The UI"),
      doc("insight", "What went wrong, and why"),
      doc("anomalies"),
      doc("phoenix", "Phoenix"),
      doc("tests", "Tests from recordings"),
      doc("mcp", "Coding assistants (MCP)"),
      page("agent/elixir/README.md", "elixir.md", "From IEx and code"),
      doc("export"),
      doc("clickhouse", "ClickHouse"),
      page("examples/faults/README.md", "examples/faults.md", "Examples with faults"),
    ],
  },
  {
    title: "Production",
    pages: [
      doc("production"),
      doc("versions"),
      doc("benchmarks", "What it costs"),
      page("agent/README.md", "agent.md", "The agent"),
    ],
  },
  {
    title: "Reference",
    pages: [
      doc("cli", "Command line"),
      made("commands", "Commands and options"),
      made("questions", "Questions and HTTP API"),
      made("mcp-tools", "MCP tools"),
      made("elixir-api", "Elixir API"),
      doc("recording-format", "Recording format"),
    ],
  },
  {
    title: "Project",
    pages: [
      page("ARCHITECTURE.md", "architecture.md", "Architecture"),
      page("CHANGELOG.md", "changelog.md", "Changelog"),
      page("CONTRIBUTING.md", "contributing.md", "Contributing"),
      page("packages/etf/README.md", "packages/etf.md", "@elixirscope/etf"),
      page("packages/dist/README.md", "packages/dist.md", "@elixirscope/dist"),
      page("test/recordings/README.md", "test-recordings.md", "Recordings for tests"),
    ],
  },
  { title: "Decisions", pages: adrs() },
];

const isThere = ({ from }) => from === undefined || existsSync(join(ROOT, from));
export const SECTIONS = MENU.map(({ title, pages }) => ({ title, pages: pages.filter(isThere) }));

const ALL = SECTIONS.flatMap(({ pages }) => pages);
/** Pages that are files of the repository. */
export const WRITTEN = ALL.filter(({ from }) => from !== undefined);
/** Pages that are made of the source (docs-reference.mjs). */
export const MADE = ALL.filter((one) => one.made !== undefined);

const FENCE = /^( *)(`{3,}|~{3,})/;

/** Calls `change(line)` for the lines of a page that are no code, and keeps the others. */
function outsideOfCode(text, change) {
  let fence;
  return text
    .split("\n")
    .map((line) => {
      const mark = FENCE.exec(line)?.[2];
      if (fence === undefined && mark !== undefined) fence = mark;
      else if (fence !== undefined && line.trim() === fence) fence = undefined;
      else if (fence === undefined) return change(line);
      return line;
    })
    .join("\n");
}

const HEADING = /^#{1,6} +(.+)$/;
const CODE = /(`+)(?:(?!\1).)+\1/g;
const LINK = /(!?)\[((?:`[^`]*`|[^\][]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;

/** What a heading is linked by, as GitHub makes it. */
export const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

/** The anchors of a page's headings; of equal ones the second has `-1` behind it. */
export function anchorsOf(text) {
  const anchors = new Set();
  outsideOfCode(text, (line) => {
    const heading = HEADING.exec(line)?.[1].replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    if (heading === undefined) return line;
    const anchor = anchorOf(heading.trim());
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n += 1) unique = `${anchor}-${n}`;
    anchors.add(unique);
    return line;
  });
  return anchors;
}

/** Rewrites each link of a page with `change(target, isImage, text)`; links inside of code are none. */
export function mapLinks(text, change) {
  return outsideOfCode(text, (line) => {
    const codes = Array.from(line.matchAll(CODE), ({ index, 0: { length } }) => [index, index + length]);
    return line.replaceAll(LINK, (whole, bang, label, target, at) =>
      codes.some(([from, to]) => from < at && at < to) ? whole : change({ whole, bang, label, target }),
    );
  });
}

const isElsewhere = (target) => /^[a-z][a-z0-9+.-]*:/.test(target);

/** Where a link of the file `from` leads: a file of the repository and an anchor in it. */
function resolveLink(from, target) {
  if (isElsewhere(target)) return undefined;
  const [path, anchor] = target.split("#");
  const file = path === "" ? from : posix.join(posix.dirname(from), decodeURI(path));
  return { file, anchor };
}

const DEFINITION = /^\[([^\]]+)\]: (\S+)(?: ".*")?$/;
const REFERENCE = /\[((?:`[^`]*`|[^\][])*)\]\[([^\][]+)\]/g;

/** The text with the targets of its links in place: a link may name one that is defined at the end of its page. */
function inlined(text) {
  const targets = new Map();
  const rest = outsideOfCode(text, (line) => {
    const [whole, name, target] = DEFINITION.exec(line) ?? [];
    if (whole === undefined) return line;
    targets.set(name, target);
    return "";
  });
  return outsideOfCode(rest, (line) =>
    line.replaceAll(REFERENCE, (whole, label, name) =>
      targets.has(name) ? `[${label}](${targets.get(name)})` : whole,
    ),
  );
}

/** What is wrong with the links of a page, each in a few words. */
export function deadLinks(from, text, anchorsIn) {
  const wrong = [];
  mapLinks(inlined(text), ({ whole, target }) => {
    const to = resolveLink(from, target);
    if (to === undefined) return whole;
    if (!existsSync(join(ROOT, to.file))) wrong.push(`${from}: ${target}: there is no ${to.file}`);
    else if (to.anchor !== undefined && to.file.endsWith(".md") && !anchorsIn(to.file).has(to.anchor))
      wrong.push(`${from}: ${target}: ${to.file} has no such heading`);
    return whole;
  });
  return wrong;
}

/** Where a file of the repository is on the site. */
function placeOf(file) {
  if (file.startsWith("docs/images/")) return `/${file.slice("docs/".length)}`;
  const found = WRITTEN.find(({ from }) => from === file);
  return found && `/${found.to.replace(/(?:^|(?<=\/))index\.md$/, "").replace(/\.md$/, "")}`;
}

/**
 * The text of a page with the links that it needs on the site. What is in the repository alone is linked there, or, where
 * its address is not known, only named.
 */
export function pageText(from, repository) {
  const text = readFileSync(join(ROOT, from), "utf8");
  return mapLinks(inlined(text), ({ whole, bang, label, target }) => {
    const to = resolveLink(from, target);
    if (to === undefined) return whole;
    const place = placeOf(to.file) ?? (repository && `${repository}/blob/main/${to.file}`);
    if (place === undefined) return label;
    // The address of a file of the site itself, and not of a page: it is opened beside it.
    const beside = bang === "" && place.startsWith("/images/") ? '{target="_blank"}' : "";
    return `${bang}[${label}](${place}${to.anchor === undefined ? "" : `#${to.anchor}`})${beside}`;
  });
}

/** The first heading of a page. */
export const titleOf = ({ from, title }) =>
  title ?? /^# (.+)$/m.exec(readFileSync(join(ROOT, from), "utf8"))?.[1] ?? dirname(from);
