/** Simulated hours that pass in a second, by the choices of the speed control. */
export const SPEEDS: readonly number[] = [1, 3, 6, 12, 24];

/** While the clock moves, texts change no more often than they can be read. */
const READ_MILLISECONDS = 80;

/** Where the clock of the run on show stands, and whether it runs. */
export class Player {
  /** whole step, for everything that is text */
  step = $state(0);
  isPlaying = $state(false);
  speed = $state(6);
  /** step with its fraction, for everything that is drawn; not reactive: pictures are drawn on demand */
  position = 0;
  private readonly painters = new Set<(position: number) => void>();
  private request = 0;
  private last = 0;
  private told = 0;

  constructor(
    readonly steps: number,
    readonly stepMinutes: number,
    private readonly onRest: (step: number) => void,
  ) {}

  /** Call a function for each new picture; returns how to stop that. */
  onPicture(paint: (position: number) => void): () => void {
    this.painters.add(paint);
    paint(this.position);
    return () => this.painters.delete(paint);
  }

  /** Go to a moment and on from there; `rest` where it ends. */
  move(position: number): void {
    this.position = Math.min(Math.max(position, 0), this.steps - 1);
    this.request ||= requestAnimationFrame(this.frame);
  }

  seek(position: number): void {
    this.move(position);
    this.step = Math.floor(this.position);
  }

  /** Seek to a whole step and remember it in the address. */
  rest(position: number): void {
    this.seek(Math.round(position));
    this.onRest(this.step);
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  play(): void {
    if (this.position >= this.steps - 1) this.seek(0);
    this.isPlaying = true;
    this.last = 0;
    this.move(this.position);
  }

  pause(): void {
    this.isPlaying = false;
    this.rest(this.position);
  }

  stop(): void {
    this.isPlaying = false;
    cancelAnimationFrame(this.request);
    this.request = 0;
  }

  private readonly frame = (now: number): void => {
    this.request = 0;
    if (this.isPlaying) {
      // a page that was hidden goes on where it was
      const seconds = this.last ? Math.min((now - this.last) / 1000, 0.1) : 0;
      this.last = now;
      this.move(advance(this.position, seconds, this.speed, this.stepMinutes));
      if (this.position >= this.steps - 1) this.pause();
    }
    if (now - this.told >= READ_MILLISECONDS) {
      this.told = now;
      this.step = Math.floor(this.position);
    } else if (this.step !== Math.floor(this.position)) this.move(this.position);
    for (const paint of this.painters) paint(this.position);
  };
}

/** The position after some seconds at a speed in simulated hours a second. */
export function advance(position: number, seconds: number, speed: number, stepMinutes: number): number {
  return position + (seconds * speed * 60) / stepMinutes;
}
