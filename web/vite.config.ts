import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type UserConfig } from "vite";

const FONTS = ["inter", "jetbrains-mono"];

/** The fonts' licences ask to go wherever the fonts go. */
function fontLicences(): Plugin {
  return {
    name: "font-licences",
    async generateBundle() {
      for (const font of FONTS) {
        const from = await this.resolve(`@fontsource-variable/${font}/LICENSE`);
        if (!from) throw new Error(`No licence found for the font ${font}`);
        const source = await this.fs.readFile(from.id, { encoding: "utf8" });
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
