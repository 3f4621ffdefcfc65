import { readdirSync, readFileSync } from "node:fs";
import { Marked, type TokenizerAndRendererExtension } from "marked";
import temml from "temml";
import type { Plugin } from "vite";

const FOLDER = new URL("../docs/", import.meta.url);

/** An equation between dollar signs becomes MathML, which browsers draw by themselves. */
function equation(name: string, level: "block" | "inline", pattern: RegExp): TokenizerAndRendererExtension {
  return {
    name,
    level,
    start: (text) => text.indexOf(level === "block" ? "$$" : "$"),
    tokenizer(text) {
      const found = pattern.exec(text);
      return found ? { type: name, raw: found[0], text: found[1] } : undefined;
    },
    // the server's policy refuses inline styles; what matters of them stands in style.css
    renderer: (token) =>
      temml
        .renderToString(String(token.text).trim(), { displayMode: level === "block", throwOnError: true })
        .replace(/ style="[^"]*"/g, ""),
  };
}

const markdown = new Marked({
  extensions: [equation("display", "block", /^\$\$([\s\S]+?)\$\$/), equation("formula", "inline", /^\$([^$\n]+?)\$/)],
});

/** Names of the pages: the specification with a page for each submodel, and the published models. */
export function pages(): string[] {
  const parts = readdirSync(new URL("odd/", FOLDER)).filter((file) => file.endsWith(".md"));
  return ["odd", ...parts.map((file) => `odd/${file.slice(0, -3)}`), "models"];
}

/** A page of docs/ as HTML; links between pages of the documentation lead to their HTML. */
export async function html(name: string, known: ReadonlySet<string>): Promise<string> {
  const text = await markdown.parse(readFileSync(new URL(`${name}.md`, FOLDER), "utf-8"));
  const ids = text.replace(
    /<h([1-6])>(.*?)<\/h\1>/g,
    (_, level, words) => `<h${level} id="${anchor(words)}">${words}</h${level}>`,
  );
  return ids.replace(/<a href="(?!\w+:|#)([^"#]+)\.md(#[^"]*)?">([\s\S]*?)<\/a>/g, (_, path, part, words) => {
    const target = new URL(`${path}`, `file:///${name}`).pathname.slice(1);
    return known.has(target) ? `<a href="${path}.html${part ?? ""}">${words}</a>` : words;
  });
}

/** The id of a heading, as links within the documentation write it. */
function anchor(words: string): string {
  const plain = words.replace(/<[^>]+>/g, "").toLowerCase();
  return plain
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s+/g, "-");
}

/** The model's specification and the published models, readable without a network beside the page. */
export const documents: Plugin = {
  name: "documents",
  async generateBundle() {
    const known = new Set(pages());
    const pictures = new Set<string>();
    for (const name of known) {
      const up = name.includes("/") ? "../../" : "../";
      const text = await html(name, known);
      for (const [, path] of text.matchAll(/<img src="([^":]+\.svg)"/g)) {
        pictures.add(new URL(path as string, `file:///${name}`).pathname.slice(1));
      }
      const title = /<h1[^>]*>(.*?)<\/h1>/.exec(text)?.[1] ?? name;
      const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>`;
      const style = `<link rel="icon" href="${up}favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="${up}assets/page.css">`;
      const source = `<!doctype html><html lang="en"><head>${head}${style}</head><body><main class="document"><p><a href="${up}index.html#/how">uprising</a></p>${text}</main></body></html>\n`;
      this.emitFile({ type: "asset", fileName: `documents/${name}.html`, source });
    }
    for (const fileName of pictures) {
      this.emitFile({ type: "asset", fileName: `documents/${fileName}`, source: readFileSync(new URL(fileName, FOLDER)) });
    }
  },
};
