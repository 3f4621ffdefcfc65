import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin, UserConfig } from "vite";
import { documents } from "./documents.ts";

/** A classic script instead of a module: browsers refuse modules from a folder opened without a server. */
const classicScript: Plugin = {
  name: "classic-script",
  enforce: "post",
  transformIndexHtml: (html) =>
    html
      .replace(/<script type="module" crossorigin/, "<script defer")
      .replace(/<link rel="stylesheet" crossorigin/, '<link rel="stylesheet"'),
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
