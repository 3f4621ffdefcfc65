import type { ArrayEntry, Manifest } from "./api.generated";

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int16Array | Float32Array;

const MAKERS: Record<ArrayEntry["dtype"], new (buffer: ArrayBuffer, offset: number, length: number) => Numbers> = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  i2: Int16Array,
  f4: Float32Array,
};

/** One recorded variable: a row a step, a column a site (place, unit, member, side). */
export class Table {
  constructor(
    readonly numbers: Numbers,
    readonly width: number,
    readonly scale: number,
  ) {}

  at(step: number, column = 0): number {
    return (this.numbers[step * this.width + column] ?? Number.NaN) * this.scale;
  }

  /** Linear between two steps, as crowds come and go; `position` is a step with a fraction. */
  between(position: number, column = 0): number {
    const step = Math.floor(position);
    const share = position - step;
    const here = this.at(step, column);
    return share === 0 ? here : here + (this.at(step + 1, column) - here) * share;
  }

  /** The whole of a column, for a chart. */
  column(index = 0): number[] {
    return Array.from({ length: this.numbers.length / this.width }, (_, step) => this.at(step, index));
  }
}

/** All steps of a run, held as the server sent them: nothing is copied or allocated while a picture is drawn. */
export class Frames {
  readonly steps: number;
  private readonly tables = new Map<string, Table>();

  constructor(
    readonly manifest: Manifest,
    bytes: ArrayBuffer,
  ) {
    this.steps = manifest.times.length;
    for (const entry of manifest.arrays) this.tables.set(entry.name, view(entry, bytes));
  }

  table(name: string): Table | undefined {
    return this.tables.get(name);
  }

  /** Simulated minutes since 1970 of a step. */
  minutes(position: number): number {
    const first = minutesOf(this.manifest.times[0] ?? "1970-01-01T00:00");
    return first + position * this.stepMinutes;
  }

  get stepMinutes(): number {
    const [first, second] = this.manifest.times;
    return first && second ? minutesOf(second) - minutesOf(first) : 30;
  }

  /** The step nearest to a time, kept inside the run. */
  stepOf(time: string): number {
    const step = Math.round((minutesOf(time) - this.minutes(0)) / this.stepMinutes);
    return Math.min(Math.max(step, 0), this.steps - 1);
  }
}

function view(entry: ArrayEntry, bytes: ArrayBuffer): Table {
  const [steps, width] = entry.shape;
  const length = steps * width;
  const end = entry.offset + length * Number(entry.dtype[1]);
  if (end > bytes.byteLength) throw new RangeError(`${entry.name} ends at byte ${end} of ${bytes.byteLength}`);
  return new Table(new MAKERS[entry.dtype](bytes, entry.offset, length), width, entry.scale);
}

/** Minutes since 1970 of a local time; the page knows no time zones. */
export function minutesOf(time: string): number {
  const full = time.length === 10 ? `${time}T00:00` : time.slice(0, 16);
  return Date.parse(`${full}:00Z`) / 60_000;
}

/** Local time, to the minute, of minutes since 1970. */
export function timeOf(minutes: number): string {
  return new Date(minutes * 60_000).toISOString().slice(0, 16);
}
