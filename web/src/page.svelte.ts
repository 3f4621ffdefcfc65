import { type Address, LANGUAGES, type Language, readAddress, writeAddress } from "./address";
import type { WholeCase } from "./data/api.generated";
import { minutesOf } from "./data/frames";
import { borrowed, fill, type Key, locales, texts } from "./texts/catalogue";
import { withoutOthersResults } from "./what-if/question";

const preferred = navigator.languages.map((one) => one.slice(0, 2) as Language).find((one) => LANGUAGES.includes(one));

/** The page's one state: what the address bar says. */
export const address: Address = $state(readAddress(location.hash, preferred));

/** Change the address. A new screen or run is a step that 'back' takes; a slider's move is not. */
export function go(change: Partial<Address>, step = false): void {
  Object.assign(address, withoutOthersResults(change));
  const hash = writeAddress(address);
  if (hash !== location.hash) history[step ? "pushState" : "replaceState"](null, "", hash);
}

/** Link to the same page with something changed. */
export function linkTo(change: Partial<Address>): string {
  return writeAddress({ ...address, ...withoutOthersResults(change) });
}

for (const moved of ["hashchange", "popstate"])
  window.addEventListener(moved, () => Object.assign(address, readAddress(location.hash, address.language)));

/** A text of the catalogue in the chosen language. */
export function say(key: Key, values: Record<string, string | number> = {}): string {
  return fill(texts[key][LANGUAGES.indexOf(address.language)] ?? texts[key][0], values);
}

/** A text whose key is made from data; undefined where the catalogue has none. */
export function sayIfKnown(key: string, values: Record<string, string | number> = {}): string | undefined {
  return key in texts ? say(key as Key, values) : undefined;
}

/** Words of the schema or a case: their English, or its translation; `lang` is for the element that holds them. */
export function borrow(key: string, english: string): { words: string; lang: Language } {
  const found = borrowed[key]?.[LANGUAGES.indexOf(address.language) - 1];
  return found ? { words: found, lang: address.language } : { words: english, lang: "en" };
}

/** A name of a case's people or powers as it is written in the chosen language. */
export const nameOf = (name: string): string => borrow(`name_${name}`, name).words;

/** What a what-if is called in the chosen language. */
export const titleOf = (name: string, about?: WholeCase) =>
  borrow(`whatif_${name}`, about?.whatifs.find((one) => one.name === name)?.title ?? name);

const locale = () => locales[address.language];
type Format = Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules;
const formats = new Map<string, Format>();

function format<T extends Format>(key: string, make: () => T): T {
  const name = `${locale()} ${key}`;
  let found = formats.get(name);
  if (!found) {
    found = make();
    formats.set(name, found);
  }
  return found as T;
}

/** A number of people, to three figures: the model knows no more. */
export function people(value: number): string {
  const options = { maximumSignificantDigits: 3 };
  return format("people", () => new Intl.NumberFormat(locale(), options)).format(Math.round(value));
}

export function number(value: number, digits = 2): string {
  return format(`n${digits}`, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits })).format(value);
}

/** The day that a moment is of; midnight ends a day. */
export const dayOf = (time: string): string => date(minutesOf(time) - 1, "day");

/** A range on record in words. */
export const rangeOf = ({ low, high }: { low: number | null; high: number | null }): string =>
  low !== null && high !== null && low !== high ? `${people(low)}\u2060–\u2060${people(high)}` : people(high ?? low ?? 0);

export function percent(share: number): string {
  return format("percent", () => new Intl.NumberFormat(locale(), { style: "percent" })).format(share);
}

const DATES = {
  long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  day: { day: "numeric", month: "short" },
  moment: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  clock: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** A simulated time (minutes since 1970) in words. */
export function date(minutes: number, style: keyof typeof DATES): string {
  const options: Intl.DateTimeFormatOptions = { ...DATES[style], timeZone: "UTC" };
  return format(`date ${style}`, () => new Intl.DateTimeFormat(locale(), options)).format(minutes * 60_000);
}

const plural = (n: number) => format("plural", () => new Intl.PluralRules(locale())).select(n);

type Counted = { [Name in Key]: `one_${Name}` extends Key ? Name : never }[Key];

/** A text with a number, in the form that the language has for it: "1 day", "1.5 days"; `shown` is how it is written. */
export function count(key: Counted, n: number, digits = 0, shown?: string): string {
  const rounded = Number(n.toFixed(digits));
  const form: Key = plural(Math.abs(rounded)) === "one" ? `one_${key}` : key;
  return say(form, { n: shown ?? number(rounded, digits).replace("-", "−") });
}

/** How much earlier or later one time is than another, in words; of a day that is all the record knows, in days. */
export function apart(minutes: number, isDay = false): string {
  const hours = Math.abs(minutes) / 60;
  if (isDay ? hours < 24 : hours < 1) return say(isDay ? "same_day" : "same_time");
  const isEarlier = minutes < 0;
  if (!isDay && hours < 36) return say(isEarlier ? "hours_earlier" : "hours_later", { n: number(Math.round(hours), 0) });
  return count(isEarlier ? "days_earlier" : "days_later", hours / 24, isDay ? 0 : 1);
}
