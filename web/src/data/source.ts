import type * as api from "./types";

/** The server said no, or can't be reached. */
export class SourceError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Where the page's data come from. */
export interface Source {
  /** Can simulations be started? Not in a folder of files. */
  readonly isLive: boolean;
  get<T>(path: string): Promise<T>;
  bytes(path: string): Promise<ArrayBuffer>;
}

async function refuse(answer: Response): Promise<never> {
  let words = `${answer.status} ${answer.statusText}`;
  if (answer.headers.get("content-type")?.includes("json")) {
    const body: unknown = await answer.json();
    const said = (body as { detail?: unknown; error?: unknown }).detail ?? (body as { error?: unknown }).error;
    if (typeof said === "string") words = said;
    else if (Array.isArray(said)) words = said.map((one: { msg?: string }) => one.msg ?? String(one)).join("; ");
  }
  throw new SourceError(words, answer.status);
}

/** `uprising serve`: the routes under /api of the same origin. */
export class HttpSource implements Source {
  readonly isLive = true;

  async get<T>(path: string): Promise<T> {
    return (await this.ask(path)).json() as Promise<T>;
  }

  async bytes(path: string): Promise<ArrayBuffer> {
    return (await this.ask(path)).arrayBuffer();
  }

  async start(request: api.JobRequest): Promise<string> {
    const headers = { "content-type": "application/json" };
    const answer = await this.ask("jobs", { method: "POST", headers, body: JSON.stringify(request) });
    return ((await answer.json()) as { id: string }).id;
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
export class StaticSource implements Source {
  readonly isLive = false;
  private readonly values = new Map<string, unknown>();
  private readonly waiting = new Map<string, Promise<unknown>>();

  constructor(private readonly page: Window & typeof globalThis) {
    page.uprisingProvide = (path, value) => this.values.set(path, value);
    this.waiting.set("health", Promise.resolve(page.uprisingStatic));
  }

  get<T>(path: string): Promise<T> {
    let value = this.waiting.get(path);
    if (!value) {
      value = this.load(path);
      this.waiting.set(path, value);
    }
    return value as Promise<T>;
  }

  async bytes(path: string): Promise<ArrayBuffer> {
    return inflate(await this.get<string>(path));
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
