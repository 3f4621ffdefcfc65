import type { Address } from "../address";
import type { JobRequest } from "../data/api.generated";

/** Parts of the address that make a question; results of a job answer one. */
export type Question = Pick<Address, "case" | "whatIf" | "set" | "firstSeed" | "seeds" | "scale">;
const PARTS: readonly (keyof Question)[] = ["case", "whatIf", "set", "firstSeed", "seeds", "scale"];

/** A change of the address: who changes the question leaves the results of another behind. */
export function withoutOthersResults(change: Partial<Address>): Partial<Address> {
  return !("job" in change) && PARTS.some((part) => part in change) ? { ...change, job: "" } : change;
}

/** The question that a job was asked. */
export function questionOf({ case: name, what_if, set, seeds, scale }: JobRequest): Question {
  const [first, last] = seeds;
  return { case: name, whatIf: what_if ?? "", set: { ...set }, firstSeed: first, seeds: last - first + 1, scale };
}

/** Do two requests ask the same? */
export function isSame(one: JobRequest, other: JobRequest): boolean {
  const written = (request: JobRequest) => {
    const { set, ...rest } = questionOf(request);
    return JSON.stringify([Object.entries(rest).sort(), Object.entries(set).sort()]);
  };
  return written(one) === written(other);
}

/** Counts or amounts of two columns and their difference, written so that the difference is that of what stands there. */
export function columns(baseline: number, changed: number, figures = 3): [number, number, number] {
  const most = Math.max(Math.abs(baseline), Math.abs(changed));
  const unit = most > 0 ? 10 ** Math.max(Math.floor(Math.log10(most)) - figures + 1, 0) : 1;
  const [one, other] = [Math.round(baseline / unit) * unit, Math.round(changed / unit) * unit];
  return [one, other, other - one];
}
