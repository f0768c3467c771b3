import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const LICENCES = {
  inter: import.meta.resolve("@fontsource-variable/inter/LICENSE"),
  "jetbrains-mono": import.meta.resolve("@fontsource-variable/jetbrains-mono/LICENSE"),
};

/** The fonts' licences ask to go wherever the fonts go. */
function fontLicences(): Plugin {
  return {
    name: "font-licences",
    async generateBundle() {
      for (const [font, url] of Object.entries(LICENCES)) {
        const source = await this.fs.readFile(decodeURI(new URL(url).pathname), { encoding: "utf8" });
        this.emitFile({ type: "asset", fileName: `licences/${font}.txt`, source });
      }
    },
  };
}

const config: UserConfig = defineConfig({
  plugins: [react(), fontLicences()],
  build: {
    target: "es2022",
    // The page is served under a strict CSP: nothing may be inlined as a data: URL or a script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

export default config;
