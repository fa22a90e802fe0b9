// Builds report.html: one file, with script and style inside, that loads nothing. Only that script runs in it: its hash
// stands in the page's Content-Security-Policy.
import { createHash } from "node:crypto";
import { defineConfig } from "vite";

// Moves what the page would load into the page.
function inline() {
  return {
    name: "inline",
    enforce: "post",
    generateBundle(_options, bundle) {
      const page = bundle["report.html"];
      const files = Object.values(bundle).filter((file) => file !== page);
      const [script, ...more] = files.filter((file) => file.type === "chunk");
      const style = files.filter((file) => file.type === "asset").map((file) => file.source).join("\n");
      if (more.length > 0) this.error("the page has one script");
      const code = script.code.replaceAll("</script", "<\\/script").trim();
      const hash = createHash("sha256").update(code).digest("base64");
      // Functions, so that "$&" in the code is no pattern.
      page.source = page.source
        .replace(/<script type="module"[^>]*><\/script>\n?/, "")
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
        .replace("SCRIPT_HASH", () => `'sha256-${hash}'`)
        .replace("</body>", () => `<script type="module">${code}</script>\n</body>`);
      for (const file of files) delete bundle[file.fileName];
    },
  };
}

export default defineConfig({
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: "report.html" },
  },
  plugins: [inline()],
});
