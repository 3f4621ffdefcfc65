/** Everything a person has chosen, as it stands in the address bar: a copied link shows the same. */
export type Screen = "watch" | "what-if" | "how";
export type Language = "en" | "de" | "hu";
export type Theme = "auto" | "light" | "dark";

export interface Address {
  screen: Screen;
  language: Language;
  theme: Theme;
  /** run on show; empty: the first */
  run: string;
  /** simulated time on show; empty: the start */
  time: string;
  /** part of the capital on show */
  view: "centre" | "city";
  case: string;
  whatIf: string;
  /** parameters that differ from their defaults */
  set: Record<string, number>;
  firstSeed: number;
  seeds: number;
  scale: number;
  job: string;
}

export const SCREENS: readonly Screen[] = ["watch", "what-if", "how"];
export const LANGUAGES: readonly Language[] = ["en", "de", "hu"];
const THEMES: readonly Theme[] = ["auto", "light", "dark"];
export const MOST_SEEDS = 40;
export const SCALES: readonly number[] = [0.01, 0.02, 0.05, 0.1];

export const START: Readonly<Address> = {
  screen: "watch",
  language: "en",
  theme: "auto",
  run: "",
  time: "",
  view: "centre",
  case: "",
  whatIf: "",
  set: {},
  firstSeed: 1956,
  seeds: 4,
  scale: 0.1,
  job: "",
};

const among = <T>(value: unknown, allowed: readonly T[], otherwise: T): T =>
  allowed.includes(value as T) ? (value as T) : otherwise;

/** A name of the server's, and nothing that could be a path. */
const plainName = (value: string | null): string => (value && /^[\w.-]{1,200}$/.test(value) ? value : "");

function whole(value: string | null, low: number, high: number, otherwise: number): number {
  const number = Number(value ?? Number.NaN);
  return Number.isInteger(number) && number >= low && number <= high ? number : otherwise;
}

/** Read the part of an address after '#'; what can't be understood becomes the default. */
export function readAddress(hash: string, language: Language = START.language): Address {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const given = new URLSearchParams(query);
  const set: Record<string, number> = {};
  for (const pair of given.getAll("set")) {
    const [name = "", value = ""] = pair.split(":", 2);
    if (plainName(name) && value !== "" && Number.isFinite(Number(value))) set[name] = Number(value);
  }
  const time = given.get("time") ?? "";
  return {
    screen: among(path as Screen, SCREENS, START.screen),
    language: among(given.get("language") as Language, LANGUAGES, language),
    theme: among(given.get("theme") as Theme, THEMES, START.theme),
    run: plainName(given.get("run")),
    time: /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(time) ? time : "",
    view: among(given.get("view") as Address["view"], ["centre", "city"], START.view),
    case: plainName(given.get("case")),
    whatIf: plainName(given.get("what-if")),
    set,
    firstSeed: whole(given.get("first-seed"), 0, 2 ** 31, START.firstSeed),
    seeds: whole(given.get("seeds"), 1, MOST_SEEDS, START.seeds),
    scale: among(Number(given.get("scale")), SCALES, START.scale),
    job: plainName(given.get("job")),
  };
}

/** The part of an address after '#'; defaults are left out, but for the language: a link is read elsewhere. */
export function writeAddress(address: Address): string {
  const query = new URLSearchParams({ language: address.language });
  const put = (key: string, value: string | number, usual: string | number) => {
    if (value !== usual) query.set(key, String(value));
  };
  put("theme", address.theme, START.theme);
  put("run", address.run, "");
  put("time", address.time, "");
  put("view", address.view, START.view);
  put("case", address.case, "");
  put("what-if", address.whatIf, "");
  for (const name of Object.keys(address.set).sort()) query.append("set", `${name}:${address.set[name]}`);
  put("first-seed", address.firstSeed, START.firstSeed);
  put("seeds", address.seeds, START.seeds);
  put("scale", address.scale, START.scale);
  put("job", address.job, "");
  return `#/${address.screen}?${query.toString().replaceAll("%3A", ":")}`;
}
