import type { Comparison, Job, JobRequest, JobRun } from "../data/api.generated";
import { HttpSource, SourceError, source } from "../data/source";

type Progress = Pick<Job, "done" | "total" | "share" | "stage" | "stage_seconds" | "seconds_left" | "simulated_time">;

/** A set of runs on this machine: started here or found again by its link, followed as it grows. */
export class LiveJob {
  id = $state("");
  state: Job["state"] | "none" | "missing" = $state("none");
  done = $state(0);
  share = $state(0);
  total = $state(0);
  stage: Job["stage"] = $state(null);
  stageSeconds = $state(0);
  secondsLeft: number | null = $state(null);
  simulatedTime: string | null = $state(null);
  runs: JobRun[] = $state.raw([]);
  comparison: Comparison | null = $state.raw(null);
  request: JobRequest | null = $state.raw(null);
  error = $state("");
  private stream: EventSource | null = null;

  get isBusy(): boolean {
    return this.state === "queued" || this.state === "running";
  }

  /** Start a request; returns the job's id, or nothing when the server refuses. */
  async start(request: JobRequest): Promise<string> {
    if (!(source instanceof HttpSource)) throw new SourceError("a folder of files can't compute", 501);
    this.close();
    Object.assign(this, {
      error: "",
      runs: [],
      comparison: null,
      request: null,
      done: 0,
      share: 0,
      total: 2 * span(request),
      state: "queued",
    });
    Object.assign(this, { stage: null, stageSeconds: 0, secondsLeft: null, simulatedTime: null });
    try {
      this.id = await source.start(request);
    } catch (fault) {
      this.state = "failed";
      this.error = wordsOf(fault);
      return "";
    }
    this.request = request;
    this.listen();
    return this.id;
  }

  /** Take up a job by its id; a finished one is simply shown. */
  async follow(id: string): Promise<void> {
    if (id === this.id) return;
    this.close();
    this.id = id;
    this.error = "";
    try {
      this.take(await source.get("jobs/{key}", id));
    } catch (fault) {
      const isGone = fault instanceof SourceError && fault.status === 404;
      this.state = isGone ? "missing" : "failed";
      this.error = isGone ? "" : wordsOf(fault);
      return;
    }
    if (this.isBusy) this.listen();
  }

  async cancel(): Promise<void> {
    try {
      if (source instanceof HttpSource) await source.cancel(this.id);
    } catch (fault) {
      this.error = wordsOf(fault);
    }
  }

  forget(): void {
    this.close();
    Object.assign(this, { id: "", state: "none", comparison: null, runs: [], error: "", request: null });
  }

  close(): void {
    this.stream?.close();
    this.stream = null;
  }

  private take(job: Job): void {
    const { state, done, share, total, runs, comparison, request } = job;
    Object.assign(this, { state, done, share, total, runs, comparison, request, error: job.error ?? "" });
  }

  private listen(): void {
    const stream = new EventSource(`api/jobs/${this.id}/events`);
    this.stream = stream;
    const on = <T>(name: string, take: (value: T) => void) =>
      stream.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as T));
    on<Progress>("progress", ({ done, total, share, stage, stage_seconds, seconds_left, simulated_time }) => {
      const times = { stage, stageSeconds: stage_seconds, secondsLeft: seconds_left, simulatedTime: simulated_time };
      Object.assign(this, { state: "running", done, total, share, ...times });
    });
    on<JobRun>("run", (run) => {
      const others = this.runs.filter(({ seed, variant }) => seed !== run.seed || variant !== run.variant);
      this.runs = [...others, run];
    });
    on<Comparison>("comparison", (comparison) => {
      this.comparison = comparison;
    });
    on("end", async () => {
      this.close();
      this.take(await source.get("jobs/{key}", this.id));
    });
  }
}

/** Number of seeds of a request; each is run with and without the change. */
export function span(request: JobRequest): number {
  return request.seeds[1] - request.seeds[0] + 1;
}

function wordsOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
