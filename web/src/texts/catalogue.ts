/**
 * All words of the page in English, German, Hungarian: words.json, by key; and translations of words whose English
 * stands in the schema or in a case, and only there: borrowed.json. A test sees that none is missing and that values agree.
 */
import given from "./borrowed.json";
import words from "./words.json";

export const locales = { en: "en-GB", de: "de-DE", hu: "hu-HU" } as const;

export type Key = keyof typeof words;
export const texts = words as unknown as Record<Key, readonly [en: string, de: string, hu: string]>;
export const borrowed = given as unknown as Record<string, readonly [de: string, hu: string]>;

/** A text with its values in place of {name}. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}
