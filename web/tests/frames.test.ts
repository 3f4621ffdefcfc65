import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../src/data/api.generated";
import { Frames, minutesOf, timeOf } from "../src/data/frames";
import { inflate } from "../src/data/source";

/** Three steps of two sites' crowds, a share in bytes and a council with nobody heard yet. */
function frames(): Frames {
  const bytes = new ArrayBuffer(48);
  new Uint32Array(bytes, 0, 6).set([0, 10, 100, 20, 300, 30]);
  new Uint8Array(bytes, 24, 3).set([0, 51, 255]);
  new Float32Array(bytes, 32, 3).set([Number.NaN, 0.25, 0.75]);
  const manifest: Manifest = {
    times: ["1956-10-23T15:00", "1956-10-23T15:30", "1956-10-23T16:00"],
    n_steps: 3,
    places: [],
    sites: ["S_A", "S_B"],
    nodes: [],
    units: [],
    members: [],
    capital_places: [],
    void_since: null,
    arrays: [
      { name: "site_crowd", dtype: "u4", shape: [3, 2], offset: 0, unit: "person", scale: 1 },
      { name: "strike_share", dtype: "u1", shape: [3, 1], offset: 24, unit: "1", scale: 1 / 255 },
      { name: "council", dtype: "f4", shape: [3, 1], offset: 32, unit: "1", scale: 1 },
    ],
  };
  return new Frames(manifest, bytes);
}

describe("frames", () => {
  it("reads arrays where they lie, row by row", () => {
    const crowd = frames().table("site_crowd");
    expect([0, 1, 2].map((step) => [crowd?.at(step, 0), crowd?.at(step, 1)])).toEqual([
      [0, 10],
      [100, 20],
      [300, 30],
    ]);
    expect(crowd?.column(1)).toEqual([10, 20, 30]);
  });

  it("gives back the unit of what was packed into bytes", () => {
    expect(frames().table("strike_share")?.column()).toEqual([0, 0.2, 1]);
  });

  it("stands between two steps where the clock does", () => {
    const crowd = frames().table("site_crowd");
    expect(crowd?.between(1.25, 0)).toBe(150);
    expect(crowd?.between(2, 0)).toBe(300);
  });

  it("says that nothing is known rather than zero", () => {
    expect(frames().table("council")?.at(0)).toBeNaN();
    expect(frames().table("elsewhere")).toBeUndefined();
  });

  it("finds the step of a time, and stays inside the run", () => {
    expect(frames().stepOf("1956-10-23T15:40")).toBe(1);
    expect(frames().stepOf("1956-10-01")).toBe(0);
    expect(frames().stepOf("1957-01-01")).toBe(2);
    expect(timeOf(frames().minutes(2))).toBe("1956-10-23T16:00");
  });

  it("refuses a file that is too short", () => {
    const { manifest } = frames();
    expect(() => new Frames(manifest, new ArrayBuffer(40))).toThrow(/council ends at byte 44 of 40/);
  });

  it("reads times without a zone", () => {
    expect(timeOf(minutesOf("1956-10-28T02:30"))).toBe("1956-10-28T02:30");
  });

  it("unpacks what a folder of files carries", async () => {
    const packed = gzipSync(Uint8Array.of(1, 2, 3)).toString("base64");
    expect([...new Uint8Array(await inflate(packed))]).toEqual([1, 2, 3]);
  });
});
