import type { Parameter } from "../data/api.generated";

/** What moves the course of a run most; shown first, the rest by group below. */
export const FIRST: readonly string[] = (
  "weight_social threshold_spread deterrence cost_out outrage_half_dead resolve embolden contact_per_hour " +
  "invade_bar bargain_bar"
).split(" ");

/** First words of parameters' names by what they are about. */
const TOPICS: Record<string, string> = {
  going_out: "assembly call weight loss pull mood threshold deterrence cost fatigue rest hysteresis commitment solidarity",
  places: "campus reach crowd wander prize refusal empty",
  news: "news learning belief embolden appeasement",
  outrage: "outrage danger insult witness despair",
  fights: "arrest shots pressed kills wounded ambush area heavy exposure bystanders usable capture",
  units: "contact cascade garrison march",
  government: "resolve deliberation restraint ban outmatched pressure foresight",
  council: "council alarm invade bargain staff signal force ready losses trust",
  flight: "flight",
};

/** What a parameter is about. */
export function topicOf(name: string): string {
  const [word = ""] = name.split("_");
  return Object.keys(TOPICS).find((topic) => TOPICS[topic]?.split(" ").includes(word)) ?? "other";
}

const STEPS = 200;
const WHOLE_UNITS = new Set(["person"]);

/** Slider position 0..200 of a value; priors over orders of magnitude run on a logarithmic scale. */
export function toSlider(parameter: Parameter, value: number): number {
  const { low, high } = parameter;
  const share = isLogarithmic(parameter) ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.round(Math.min(Math.max(share, 0), 1) * STEPS);
}

/** The value at a slider's position, to three figures; the default's own position gives the default back exactly. */
export function fromSlider(parameter: Parameter, position: number): number {
  if (position === toSlider(parameter, parameter.default)) return parameter.default;
  const { low, high } = parameter;
  const share = position / STEPS;
  const value = isLogarithmic(parameter) ? low * (high / low) ** share : low + share * (high - low);
  if (position === 0) return low;
  if (position === STEPS) return high;
  return WHOLE_UNITS.has(parameter.unit) && high > 20 ? Math.round(value) : Number(value.toPrecision(3));
}

const isLogarithmic = ({ prior, low }: Parameter): boolean => prior === "log-uniform" && low > 0;

/** Parameters whose name, words or source hold every word of the wish. */
export function search(parameters: readonly Parameter[], wish: string, words: (one: Parameter) => string): Parameter[] {
  const wanted = wish.toLowerCase().split(/\s+/).filter(Boolean);
  return parameters.filter((one) => {
    const text = `${one.name} ${one.name.replaceAll("_", " ")} ${words(one)} ${one.source}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** By topic, the ones that matter most before all others. */
export function grouped(parameters: readonly Parameter[]): [group: string, Parameter[]][] {
  const groups = new Map<string, Parameter[]>(["first", ...Object.keys(TOPICS)].map((topic) => [topic, []]));
  for (const one of parameters) {
    const group = FIRST.includes(one.name) ? "first" : topicOf(one.name);
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  groups.get("first")?.sort((one, other) => FIRST.indexOf(one.name) - FIRST.indexOf(other.name));
  return [...groups].filter(([, found]) => found.length);
}
