// npm run docs: the documentation as a site.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseOptions, parseWhole } from "./lib/args.mjs";
import { dependencyStaleness } from "./lib/dependencies.mjs";
import { MADE, pageText, SECTIONS, titleOf, WRITTEN } from "./lib/docs-pages.mjs";
import { madePages } from "./lib/docs-reference.mjs";
import { ensureBuild, ensureDependencies, ensureElixir } from "./lib/ensure.mjs";
import { ROOT, run, runQuietly, surviveSignals } from "./lib/run.mjs";
import { main, say, step } from "./lib/say.mjs";
import { requireNode } from "./lib/versions.mjs";

requireNode();

const USAGE = `npm run docs [-- OPTIONS]

Makes docs/site/dist, a site of README.md, docs/ and the other pages of scripts/lib/docs-pages.mjs, with what is made of the
source: options of all commands, questions, MCP tools, the Elixir API. The first run fetches the generator (100 MB, into
docs/site/node_modules). The site works from any server of files, without a network.

  --serve         then serve it on 127.0.0.1 until Ctrl-C
  --port NUMBER   on this port (default 4173)

DOCS_BASE is the path that the site has on its server (default /), DOCS_REPOSITORY the address of the repository, to which
links to files lead that are no pages.

Exit codes: 0 done, 1 something failed (a dead link, for example), 2 wrong usage, 3 something must be installed first.`;

const OPTIONS = { serve: { type: "boolean" }, port: { type: "string", default: "4173" } };
const SITE = join(ROOT, "docs/site");
const PAGES = join(SITE, "pages");

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** All that the generator reads, made anew: pages that are no more must not stay. */
async function writePages() {
  const repository = process.env.DOCS_REPOSITORY;
  rmSync(PAGES, { recursive: true, force: true });
  for (const { from, to } of WRITTEN) write(join(PAGES, to), pageText(from, repository));
  const texts = await madePages();
  for (const { to, made } of MADE) write(join(PAGES, to), texts[made]);
  cpSync(join(ROOT, "docs/images"), join(PAGES, "public/images"), { recursive: true });
  cpSync(join(ROOT, "web/public/favicon.svg"), join(PAGES, "public/favicon.svg"));
  const sidebar = SECTIONS.map(({ title, pages }) => ({
    text: title,
    collapsed: title === "Decisions",
    items: pages.map((one) => ({
      text: titleOf(one),
      link: `/${one.to.replace(/index\.md$/, "").replace(/\.md$/, "")}`,
    })),
  }));
  const { version } = JSON.parse(readFileSync(join(ROOT, "packages/elixirscope/package.json"), "utf8"));
  write(join(SITE, "pages.json"), JSON.stringify({ sidebar, repository, version }));
}

async function ensureGenerator() {
  const why = dependencyStaleness(SITE);
  if (!why) return;
  await step(`installing the generator into docs/site (${why})`, () =>
    runQuietly(
      "npm",
      ["ci", "--prefix", SITE, "--no-audit", "--no-fund", "--loglevel=error"],
      "npm ci in docs/site failed",
    ),
  );
}

/** As a server of plain files would; until Ctrl-C. */
async function serveSite(port) {
  const base = process.env.DOCS_BASE ?? "/";
  const args = [
    "preview",
    SITE,
    "--outDir",
    "dist",
    "--base",
    base,
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
  ];
  const { code } = await run(join(SITE, "node_modules/.bin/vite"), [...args, "--strictPort"], { show: say });
  return code;
}

await main(async (argv) => {
  const { serve, port } = parseOptions(argv, OPTIONS, USAGE);
  const wanted = parseWhole(port, "--port", 0, 65_535);
  surviveSignals();
  await ensureDependencies();
  await ensureGenerator();
  await ensureElixir();
  await ensureBuild(["packages/elixirscope"]);
  await step("collecting the pages", writePages);
  await step("making the site", () =>
    runQuietly(join(SITE, "node_modules/.bin/vitepress"), ["build", SITE], "VitePress failed"),
  );
  say(`  ${join(SITE, "dist")}`);
  return serve ? serveSite(wanted) : 0;
});
