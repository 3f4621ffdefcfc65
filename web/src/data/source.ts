import type { Fault, JobId, JobRequest, paths } from "./api.generated";

/** What can be read, as it stands in the API after /api/. */
export type Route = { [Path in keyof paths]: Path extends `/api/${infer Rest}` ? Rest : never }[keyof paths];

/** What the API says is told there. */
export type Answer<Named extends Route> = paths[`/api/${Named}`] extends {
  get: { responses: { 200: { content: { "application/json": infer Told } } } };
}
  ? Told
  : never;

/** The path of a route that names a case, run or job. */
const pathOf = (route: Route, name: string): string => route.replace(/\{\w+\}/, name);

/** The server said no, or can't be reached. */
export class SourceError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

async function refuse(answer: Response): Promise<never> {
  const isFault = answer.headers.get("content-type")?.includes("json");
  const words = isFault ? ((await answer.json()) as Fault).detail : `${answer.status} ${answer.statusText}`;
  throw new SourceError(words, answer.status);
}

/** `uprising serve`: the routes under /api of the same origin. */
export class HttpSource {
  /** Can simulations be started? */
  readonly isLive = true;

  async get<Named extends Route>(route: Named, name = ""): Promise<Answer<Named>> {
    return (await this.ask(pathOf(route, name))).json() as Promise<Answer<Named>>;
  }

  async bytes(route: Route, name: string): Promise<ArrayBuffer> {
    return (await this.ask(pathOf(route, name))).arrayBuffer();
  }

  async start(request: JobRequest): Promise<string> {
    const headers = { "content-type": "application/json" };
    const answer = await this.ask("jobs", { method: "POST", headers, body: JSON.stringify(request) });
    return ((await answer.json()) as JobId).id;
  }

  async cancel(job: string): Promise<void> {
    await this.ask(`jobs/${job}`, { method: "DELETE" });
  }

  private async ask(path: string, options?: RequestInit): Promise<Response> {
    const answer = await fetch(`api/${path}`, options);
    return answer.ok ? answer : refuse(answer);
  }
}

declare global {
  interface Window {
    uprisingStatic?: { version: string };
    uprisingProvide?: (path: string, value: unknown) => void;
  }
}

/**
 * A folder made by `uprising export --page`, opened without a server.
 *
 * Browsers let no page read files beside it, but do run scripts from there: each answer is a script that hands
 * over its value under the name of its path.
 */
export class StaticSource {
  readonly isLive = false;
  private readonly values = new Map<string, unknown>();
  private readonly waiting = new Map<string, Promise<unknown>>();

  constructor(private readonly page: Window & typeof globalThis) {
    page.uprisingProvide = (path, value) => this.values.set(path, value);
    this.waiting.set("health", Promise.resolve(page.uprisingStatic));
  }

  get<Named extends Route>(route: Named, name = ""): Promise<Answer<Named>> {
    return this.read(pathOf(route, name)) as Promise<Answer<Named>>;
  }

  async bytes(route: Route, name: string): Promise<ArrayBuffer> {
    return inflate((await this.read(pathOf(route, name))) as string);
  }

  private read(path: string): Promise<unknown> {
    let value = this.waiting.get(path);
    if (!value) {
      value = this.load(path);
      this.waiting.set(path, value);
    }
    return value;
  }

  private load(path: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const script = this.page.document.createElement("script");
      script.src = `data/${path}.js`;
      script.onload = () => {
        if (this.values.has(path)) resolve(this.values.get(path));
        else reject(new SourceError(`data/${path}.js holds something else`, 500));
      };
      script.onerror = () => reject(new SourceError(`data/${path}.js is missing`, 404));
      this.page.document.head.append(script);
    });
  }
}

/** Bytes from the base64 text of their gzip. */
export async function inflate(text: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

export const source: HttpSource | StaticSource =
  typeof window !== "undefined" && window.uprisingStatic ? new StaticSource(window) : new HttpSource();
