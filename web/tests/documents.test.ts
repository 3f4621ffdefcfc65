import { describe, expect, it } from "vitest";
import { html, pages } from "../documents";

describe("documents beside the page", () => {
  const known = new Set(pages());

  it("are the specification with its submodels, and the published models", () => {
    expect([...known]).toEqual(expect.arrayContaining(["odd", "odd/decision", "models"]));
  });

  it("draw every equation and keep no dollar sign", async () => {
    const decision = await html("odd/decision", known);
    expect(decision).toContain("<math");
    for (const name of known) {
      expect((await html(name, known)).replace(/<code>.*?<\/code>|<pre>[\s\S]*?<\/pre>/g, ""), name).not.toContain("$");
    }
  });

  it("link to each other and to nothing that isn't there", async () => {
    for (const name of known) {
      const text = await html(name, known);
      const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
      for (const [, link] of text.matchAll(/href="([^"]+)"/g)) {
        if (/^\w+:/.test(link as string)) continue;
        const [path, part] = (link as string).split("#");
        if (path)
          expect(known, `${name}: ${link}`).toContain(new URL(path, `file:///${name}`).pathname.slice(1).replace(/\.html$/, ""));
        else expect(ids, `${name}: ${link}`).toContain(part);
      }
    }
  });
});
