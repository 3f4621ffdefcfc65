import { describe, expect, it } from "vitest";
import { arrange, type Wish } from "../src/watch/labels";
import { advance } from "../src/watch/player.svelte";
import { crowdRadius, GROUPS, groupOf } from "../src/watch/scene";

describe("the clock", () => {
  it("runs at the speed that was chosen, whatever the step of the run", () => {
    expect(advance(10, 2, 6, 30)).toBe(34);
    expect(advance(10, 2, 6, 60)).toBe(22);
    expect(advance(10, 0, 24, 30)).toBe(10);
  });
});

describe("signs on the map", () => {
  it("has areas in proportion to people", () => {
    expect(crowdRadius(40_000) / crowdRadius(10_000)).toBeCloseTo(2);
  });

  it.each([
    ["hegemon", 0, "hegemon"],
    ["army", 0, "army"],
    ["army", 1, "neutral_army"],
    ["police", 2, "joined_police"],
    ["political_police", 0, "political_police"],
    ["political_police", 2, "joined_police"],
    ["hegemon", 1, "hegemon"],
  ] as const)("knows whom a unit obeys: %s, stance %i", (side, stance, group) => {
    expect(GROUPS[groupOf(side, stance)]).toBe(group);
  });

  it("shows no dissolved unit, and none of which nobody knows whose it is", () => {
    expect(groupOf("army", 3)).toBe(-1);
    expect(groupOf("unknown", 0)).toBe(-1);
  });
});

describe("names on the map", () => {
  const wish = (x: number, y: number, text: string, weight: number): Wish => ({
    x,
    y,
    text,
    weight,
    side: "right",
    kind: "site",
  });

  it("stand where they want to when there is room", () => {
    const [label] = arrange([wish(50, 50, "Corvin köz", 1)], 400, 300);
    expect(label).toMatchObject({ left: 58, top: 54, anchor: "start" });
  });

  it("turn to the other side rather than be cut off", () => {
    const [label] = arrange([wish(380, 50, "Corvin köz", 1)], 400, 300);
    expect(label?.anchor).toBe("end");
  });

  it("make room for the weightier, and are left out when there is none", () => {
    const labels = arrange([wish(50, 50, "light", 1), wish(50, 50, "heavy", 2)], 100, 60);
    expect(labels[0]?.text).toBe("heavy");
    expect(arrange([wish(5, 5, "much too long a name for so small a map", 1)], 60, 20)).toEqual([]);
  });

  it("name a river once, where there is room along it", () => {
    const spots = [50, 150, 250].map((x): Wish => ({ ...wish(x, 50, "Duna", 1), side: "middle", kind: "water" }));
    const labels = arrange([wish(42, 50, "heavy", 2), ...spots], 400, 300);
    expect(labels.map(({ text, left }) => [text, left])).toEqual([
      ["heavy", 50],
      ["Duna", 150],
    ]);
  });
});
