import { readFileSync } from "node:fs";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { marked } from "marked";
import type { Plugin, UserConfig } from "vite";

/** A classic script instead of a module: browsers refuse modules from a folder opened without a server. */
const classicScript: Plugin = {
  name: "classic-script",
  enforce: "post",
  transformIndexHtml: (html) =>
    html
      .replace(/<script type="module" crossorigin/, "<script defer")
      .replace(/<link rel="stylesheet" crossorigin/, '<link rel="stylesheet"'),
};

/** The model's specification and the published models, readable without a network beside the page. */
const documents: Plugin = {
  name: "documents",
  async generateBundle() {
    const folder = new URL("../docs/", import.meta.url);
    for (const name of ["odd", "models"]) {
      const text = await marked.parse(readFileSync(new URL(`${name}.md`, folder), "utf-8"));
      const pictures = [...text.matchAll(/src="(models\/\w+\.svg)"/g)].map(([, path]) => path as string);
      for (const fileName of pictures) {
        this.emitFile({ type: "asset", fileName: `documents/${fileName}`, source: readFileSync(new URL(fileName, folder)) });
      }
      const title = /<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? name;
      const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>`;
      const source = `<!doctype html><html lang="en"><head>${head}<link rel="icon" href="../favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="../assets/page.css"></head><body><main class="document"><p><a href="../index.html#/how">uprising</a></p>${text}</main></body></html>\n`;
      this.emitFile({ type: "asset", fileName: `documents/${name}.html`, source });
    }
  },
};

export default {
  base: "./",
  plugins: [svelte(), classicScript, documents],
  build: {
    outDir: "../src/uprising/server/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    // a file of its own: the server allows no style that is written by a script
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    rollupOptions: { output: { format: "iife", entryFileNames: "assets/page.js", assetFileNames: "assets/page[extname]" } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8956" } },
} satisfies UserConfig;
