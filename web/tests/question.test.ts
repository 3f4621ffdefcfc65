import { describe, expect, it } from "vitest";
import { START } from "../src/address";
import type { JobRequest } from "../src/data/api.generated";
import { columns, isSame, questionOf, withoutOthersResults } from "../src/what-if/question";

const request: JobRequest = {
  case: "hungary-1956",
  what_if: "no-suez",
  set: { resolve: 0.4, embolden: 0.1 },
  seeds: [1956, 1959],
  scale: 0.1,
  baseline: true,
};

describe("a question and its results", () => {
  it.each([
    { whatIf: "guards-hold-fire" },
    { set: {} },
    { seeds: 9 },
    { firstSeed: 3 },
    { scale: 0.05 },
    { case: "poland-1956" },
  ])("part when the question changes: %o", (change) => {
    expect(withoutOthersResults(change)).toEqual({ ...change, job: "" });
  });

  it("stay together when something else changes, or when the job says so itself", () => {
    expect(withoutOthersResults({ language: "hu" })).toEqual({ language: "hu" });
    const asked = { ...questionOf(request), job: "job-1" };
    expect(withoutOthersResults(asked)).toEqual(asked);
  });

  it("are set as the job was asked", () => {
    expect({ ...START, ...questionOf(request) }).toMatchObject({ whatIf: "no-suez", firstSeed: 1956, seeds: 4, scale: 0.1 });
    expect(isSame(request, { ...request, set: { embolden: 0.1, resolve: 0.4 } })).toBe(true);
    for (const other of [{ what_if: null }, { set: {} }, { seeds: [1956, 1960] as [number, number] }, { scale: 0.2 }])
      expect(isSame(request, { ...request, ...other })).toBe(false);
  });
});

describe("columns of a table", () => {
  it.each([
    [232_345, 237_412],
    [102_345, 90_212],
    [2548.5, 2660.25],
    [0, 3.5],
    [0, 0],
    [999.6, 1],
    [123_456_789, 1],
  ])("have the difference of what stands in them: %d and %d", (baseline, changed) => {
    const [one, other, difference] = columns(baseline, changed);
    expect(other - one).toBe(difference);
    expect(Math.abs(one - baseline)).toBeLessThanOrEqual(Math.max(0.5, baseline * 0.005, changed * 0.005));
    const written = (value: number) =>
      Number(new Intl.NumberFormat("en-GB", { maximumSignificantDigits: 3 }).format(value).replaceAll(",", ""));
    expect(written(other) - written(one)).toBe(difference);
  });
});
