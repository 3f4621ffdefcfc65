import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Parameter } from "../src/data/api.generated";
import { fromSlider, grouped, search, topicOf, toSlider } from "../src/what-if/sliders";

const one = (change: Partial<Parameter>): Parameter => ({
  name: "resolve",
  unit: "1",
  low: 0.1,
  high: 0.9,
  default: 0.45,
  prior: "uniform",
  source: "EST",
  text: "pressure at which a leader yields",
  group: "government",
  status: "calibrated",
  ...change,
});

describe("a slider", () => {
  it("gives its ends and its default back exactly", () => {
    for (const parameter of [one({}), one({ low: 0.0001, high: 0.01, default: 0.001, prior: "log-uniform" })]) {
      expect(fromSlider(parameter, 0)).toBe(parameter.low);
      expect(fromSlider(parameter, 200)).toBe(parameter.high);
      expect(fromSlider(parameter, toSlider(parameter, parameter.default))).toBe(parameter.default);
    }
  });

  it("runs by factors over orders of magnitude", () => {
    const parameter = one({ low: 1, high: 100, default: 50, prior: "log-uniform" });
    expect(fromSlider(parameter, 100)).toBe(10);
    expect(toSlider(parameter, 10)).toBe(100);
  });

  it("stays inside its range and counts people in whole ones", () => {
    expect(toSlider(one({}), 7)).toBe(200);
    expect(fromSlider(one({ unit: "person", low: 3000, high: 15_000, default: 7000 }), 77)).toBe(7620);
  });
});

describe("the list of sliders", () => {
  const all = [one({}), one({ name: "weight_social" }), one({ name: "march_km_per_hour", text: "speed" })];

  it("puts what matters most first", () => {
    expect(grouped(all).map(([group, members]) => [group, members.map(({ name }) => name)])).toEqual([
      ["first", ["weight_social", "resolve"]],
      ["units", ["march_km_per_hour"]],
    ]);
  });

  it("has a topic for every parameter", () => {
    const schema = readFileSync(new URL("../../src/uprising/schema/parameters.csv", import.meta.url), "utf-8");
    const names = schema
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",")[0] ?? "");
    expect(names.filter((name) => topicOf(name) === "other")).toEqual([]);
  });

  it("is searched by name, words and source", () => {
    const found = (wish: string) => search(all, wish, ({ text }) => text).map(({ name }) => name);
    expect(found("march km")).toEqual(["march_km_per_hour"]);
    expect(found("leader EST")).toEqual(["resolve", "weight_social"]);
    expect(found("nothing")).toEqual([]);
  });
});
