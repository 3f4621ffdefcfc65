import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { borrowed, fill, texts } from "../src/texts/catalogue";

const source = new URL("../src/", import.meta.url);
const project = new URL("../../", import.meta.url);
const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
const files = readdirSync(source, { recursive: true, encoding: "utf-8" }).filter(
  (name) => /\.(svelte|ts)$/.test(name) && !name.includes("catalogue"),
);
const code = files.map((name) => readFileSync(new URL(name, source), "utf-8")).join("\n");

describe("the catalogue", () => {
  it.each(Object.entries(texts))("%s is there in all three languages, with the same values", (_, words) => {
    expect(words).toHaveLength(3);
    for (const text of words) {
      expect(text.trim()).not.toBe("");
      expect(holes(text)).toEqual(holes(words[0]));
    }
  });

  it("holds no text that the page never says", () => {
    const families = [...code.matchAll(/[`"](\w+_)?\$\{/g)].map(([, family]) => family).filter(Boolean) as string[];
    const unused = Object.keys(texts).filter(
      (key) => !new RegExp(`["'\`]${key}["'\`]`).test(code) && !families.some((family) => key.startsWith(family)),
    );
    expect(unused).toEqual([]);
  });

  it("translates all that the case and the schema say, and nothing else", () => {
    const read = (path: string) => readFileSync(new URL(path, project), "utf-8").trim().split("\n").slice(1);
    const column = (path: string, index: number) => read(path).map((line) => line.split(",")[index] ?? "");
    const whatIfs = readdirSync(new URL("cases/hungary-1956/whatif/", project)).map((name) => name.replace(".toml", ""));
    const said = [
      ...whatIfs.flatMap((name) => [`whatif_${name}`, `question_${name}`]),
      ...column("src/uprising/schema/parameters.csv", 0).map((name) => `parameter_${name}`),
      ...["Soviet Union", "Poland", ...column("cases/hungary-1956/inputs/council.csv", 1)].map((name) => `name_${name}`),
      ...column("cases/hungary-1956/inputs/demands.csv", 1).map((id) => `demand_${id}`),
    ];
    expect(Object.keys(borrowed).sort()).toEqual(said.sort());
    for (const words of Object.values(borrowed)) {
      expect(words).toHaveLength(2);
      for (const text of words) expect(text.trim()).not.toBe("");
    }
  });

  it("has the English of every parameter in the schema, one name only once", () => {
    const all = readFileSync(new URL("src/uprising/schema/parameters.csv", project), "utf-8").trim().split("\n").slice(1);
    expect(all.length).toBeGreaterThan(80);
    for (const line of all) expect(line.split(",").slice(7).join(",").trim(), line).not.toBe("");
    expect(new Set(all.map((line) => line.split(",")[0])).size).toBe(all.length);
  });

  it("fills in values and leaves alone what it does not know", () => {
    expect(fill("{n} of {m}", { n: 3, m: "seven" })).toBe("3 of seven");
    expect(fill("{n} of {m}", { n: 3 })).toBe("3 of {m}");
  });
});
