import { describe, expect, it } from "vitest";
import { type Address, readAddress, START, writeAddress } from "../src/address";

describe("the address", () => {
  it("gives back whatever was chosen", () => {
    const chosen: Address = {
      screen: "what-if",
      language: "hu",
      theme: "dark",
      run: "hungary-1956-20260101",
      time: "1956-10-23T21:30",
      view: "city",
      case: "hungary-1956",
      whatIf: "no-suez",
      set: { weight_social: 0.8, ambush_per_hour: 0.0005 },
      firstSeed: 0,
      seeds: 3,
      scale: 0.05,
      job: "job-7",
    };
    expect(readAddress(writeAddress(chosen))).toEqual(chosen);
  });

  it("is short where nothing was chosen, and names the language", () => {
    expect(writeAddress({ ...START })).toBe("#/watch?language=en");
    expect(readAddress("", "de")).toEqual({ ...START, language: "de" });
  });

  it.each([
    ["#/elsewhere", "screen", "watch"],
    ["#/watch?run=../../etc/passwd", "run", ""],
    ["#/watch?time=yesterday", "time", ""],
    ["#/watch?seeds=100000", "seeds", START.seeds],
    ["#/watch?seeds=2.5", "seeds", START.seeds],
    ["#/watch?scale=7", "scale", START.scale],
    ["#/watch?language=xx", "language", "en"],
  ] as const)("takes no nonsense: %s", (hash, name, expected) => {
    expect(readAddress(hash)[name]).toBe(expected);
  });

  it("keeps only numbers for sliders", () => {
    expect(readAddress("#/what-if?set=resolve:0.4&set=embolden:lots&set=:1&set=appeasement:").set).toEqual({ resolve: 0.4 });
  });
});
