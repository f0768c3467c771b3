// VitePress: https://vitepress.dev/reference/site-config. The pages, and pages.json with their order, are made by `npm run docs`.
import { readFileSync } from "node:fs";
import { anchorOf } from "../../../scripts/lib/docs-pages.mjs";

const { sidebar, repository, version } = JSON.parse(
  readFileSync(new URL("../pages.json", import.meta.url), "utf8"),
);

/** Braces of Elixir are text, not what Vue puts a value into; also in code that stands in a line. */
function asText(md) {
  for (const rule of ["text", "code_inline"]) {
    const usual = md.renderer.rules[rule];
    md.renderer.rules[rule] = (...args) => usual(...args).replaceAll("{{", "&#123;&#123;");
  }
}

export default {
  title: "ElixirScope",
  description: "The debugger for Elixir and Phoenix",
  lang: "en",
  // Where GitHub Pages serves it: /<repository>/.
  base: process.env.DOCS_BASE ?? "/",
  srcDir: "pages",
  outDir: "dist",
  cleanUrls: true,
  head: [
    ["link", { rel: "icon", href: `${process.env.DOCS_BASE ?? "/"}favicon.svg`, type: "image/svg+xml" }],
  ],
  markdown: {
    // As on GitHub, where the same pages are read.
    anchor: { slugify: anchorOf },
    config: asText,
    languageAlias: { console: "shellsession", sshd_config: "ssh-config" },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  themeConfig: {
    siteTitle: `ElixirScope ${version}`,
    // Made at build time and searched in the browser: nothing is asked of another server.
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Quick start", link: "/quick-start" },
      { text: "Tutorials", link: "/tutorials/" },
      { text: "Command line", link: "/cli" },
    ],
    sidebar,
    socialLinks: repository ? [{ icon: "github", link: repository }] : [],
  },
};
