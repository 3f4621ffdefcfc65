import { geoMercator } from "d3-geo";
import type { CaseMap, CountryMap, Unit, WholeCase } from "../data/api.generated";
import type { Frames } from "../data/frames";

/** Who a group of men is and whom it obeys, in the order in which groups stand beside each other. */
export const GROUPS = [
  "political_police",
  "police",
  "army",
  "neutral_police",
  "neutral_army",
  "joined_police",
  "joined_army",
  "hegemon",
] as const;
export type Group = (typeof GROUPS)[number];

const STANCE_DISSOLVED = 3;

/** Radius of a crowd on a map 400 pixels high: the area grows with the number of people. */
export const crowdRadius = (people: number): number => 0.105 * Math.sqrt(people);
/** Side of a square of men. */
export const unitSide = (men: number): number => 0.17 * Math.sqrt(men);

/**
 * Where a unit's men are counted, by side and stance (0 loyal, 1 neutral, 2 joined the insurgents).
 * -1: nowhere, for a unit that was dissolved or of which nobody knows whose it is.
 */
export function groupOf(side: Unit["side"], stance: number): number {
  if (stance >= STANCE_DISSOLVED || side === "unknown") return -1;
  if (side === "hegemon") return GROUPS.indexOf("hegemon");
  if (stance === 0) return GROUPS.indexOf(side === "political_police" || side === "police" ? side : "army");
  const kind = side === "army" ? "army" : "police";
  return GROUPS.indexOf(stance === 1 ? `neutral_${kind}` : `joined_${kind}`);
}

/** A point of a map where people and men are shown together. */
export interface Anchor {
  id: string;
  name: string;
  longitude: number;
  latitude: number;
  /** index of the site in the frames; -1 for a town or district */
  site: number;
}

/** What a map shows at one moment; the same arrays are filled anew for each picture. */
export interface Picture {
  crowd: Float64Array;
  fighting: Float64Array;
  /** anchors x GROUPS */
  men: Float64Array;
  holder: Uint8Array;
  /** share of a county's workers on strike */
  striking: Float64Array;
}

/** A map of the country or of its capital: its points, and how to count a moment's people at them. */
export class Scene {
  readonly anchors: Anchor[] = [];
  readonly picture: Picture;
  readonly counties: string[];
  private readonly anchorOfNode: Int32Array;
  private readonly anchorOfPlace: Int32Array;
  private readonly countyOfPlace: Int32Array;
  private readonly populations: Float64Array;
  private readonly countyPeople: Float64Array;
  private readonly sides: Unit["side"][];

  constructor(
    readonly kind: "country" | "capital",
    readonly frames: Frames,
    about: WholeCase,
    map: CaseMap,
  ) {
    const { manifest } = frames;
    const places = new Map(about.places.map((place) => [place.id, place]));
    const sites = new Map(about.sites.map((site) => [site.id, site]));
    const inCapital = new Set(manifest.capital_places);
    const anchorById = new Map<string, number>();
    const siteIndex = new Map(manifest.sites.map((id, index) => [id, index]));
    const anchor = (id: string): number => {
      const known = anchorById.get(id);
      if (known !== undefined) return known;
      const spot = sites.get(id) ?? places.get(id);
      if (!spot || spot.longitude === null || spot.latitude === null) return -1;
      const { name, longitude, latitude } = spot;
      this.anchors.push({ id, name, longitude, latitude, site: siteIndex.get(id) ?? -1 });
      anchorById.set(id, this.anchors.length - 1);
      return this.anchors.length - 1;
    };
    const leafOf = (id: string): string => sites.get(id)?.place ?? id;
    const show = (id: string): number => {
      const leaf = leafOf(id);
      const isInCapital = inCapital.has(leaf) || leaf === about.capital;
      if (kind === "capital") return isInCapital ? anchor(id) : -1;
      return anchor(isInCapital ? about.capital : leaf);
    };
    if (kind === "capital") for (const id of manifest.sites) show(id);
    this.anchorOfPlace = Int32Array.from(manifest.places, (id) => (kind === "country" ? show(id) : -1));
    this.anchorOfNode = Int32Array.from(manifest.nodes, ({ id }) => show(id));
    this.sides = manifest.units.map(({ side }) => side);

    const countyOf = (id: string): string => {
      let place = places.get(id);
      while (place && place.kind !== "county" && place.parent) {
        const parent = places.get(place.parent);
        if (!parent || parent.kind === "country") break;
        place = parent;
      }
      return place?.id ?? "";
    };
    this.counties = (map.country?.layers.counties?.features ?? []).map(({ id }) => String(id));
    this.countyOfPlace = Int32Array.from(manifest.places, (id) => this.counties.indexOf(countyOf(id)));
    this.populations = Float64Array.from(manifest.places, (id) => places.get(id)?.population ?? 0);
    this.countyPeople = new Float64Array(this.counties.length);
    this.countyOfPlace.forEach((county, place) => {
      if (county >= 0) this.countyPeople[county] = (this.countyPeople[county] ?? 0) + (this.populations[place] ?? 0);
    });

    const n = this.anchors.length;
    this.picture = {
      crowd: new Float64Array(n),
      fighting: new Float64Array(n),
      men: new Float64Array(n * GROUPS.length),
      holder: new Uint8Array(n),
      striking: new Float64Array(this.counties.length),
    };
  }

  /** Count everybody at a moment; `position` is a step with a fraction. */
  count(position: number): Picture {
    const { picture } = this;
    const step = Math.floor(position);
    picture.crowd.fill(0);
    picture.fighting.fill(0);
    picture.men.fill(0);
    picture.striking.fill(0);
    if (this.kind === "country") this.countPlaces(position);
    else this.countSites(position, step);
    this.countUnits(step);
    return picture;
  }

  private countPlaces(position: number): void {
    const crowd = this.frames.table("place_crowd");
    const fighting = this.frames.table("place_fighting");
    const striking = this.frames.table("place_striking");
    const { picture } = this;
    for (let place = 0; place < this.anchorOfPlace.length; place++) {
      const at = this.anchorOfPlace[place] as number;
      if (at >= 0) {
        if (crowd) picture.crowd[at] = (picture.crowd[at] as number) + crowd.between(position, place);
        if (fighting) picture.fighting[at] = (picture.fighting[at] as number) + fighting.between(position, place);
      }
      const county = this.countyOfPlace[place] as number;
      if (striking && county >= 0) {
        const weight = (this.populations[place] as number) / (this.countyPeople[county] || 1);
        picture.striking[county] = (picture.striking[county] as number) + weight * striking.between(position, place);
      }
    }
  }

  private countSites(position: number, step: number): void {
    const crowd = this.frames.table("site_crowd");
    const fighting = this.frames.table("site_fighting");
    const holder = this.frames.table("site_holder");
    for (let at = 0; at < this.anchors.length; at++) {
      const site = (this.anchors[at] as Anchor).site;
      if (site < 0) continue;
      const armed = fighting?.between(position, site) ?? 0;
      this.picture.fighting[at] = armed;
      this.picture.crowd[at] = crowd?.between(position, site) ?? 0;
      this.picture.holder[at] = holder?.at(step, site) ?? 0;
    }
  }

  private countUnits(step: number): void {
    const node = this.frames.table("unit_node");
    const men = this.frames.table("unit_men");
    const stance = this.frames.table("unit_stance");
    if (!node || !men || !stance) return;
    for (let unit = 0; unit < this.sides.length; unit++) {
      const where = node.at(step, unit);
      const at = where < 0 ? -1 : (this.anchorOfNode[where] ?? -1);
      const group = groupOf(this.sides[unit] ?? "unknown", stance.at(step, unit));
      if (at < 0 || group < 0) continue;
      const cell = at * GROUPS.length + group;
      this.picture.men[cell] = (this.picture.men[cell] as number) + men.at(step, unit);
    }
  }

  /** Points in the order of how much happens there, for the table beside the map. */
  busiest(most: number): number[] {
    const { crowd, fighting } = this.picture;
    const weight = (at: number) => (crowd[at] as number) + 5 * (fighting[at] as number);
    return [...crowd.keys()]
      .filter((at) => weight(at) >= 1)
      .sort((one, other) => weight(other) - weight(one))
      .slice(0, most);
  }
}

export type Extent = CountryMap["extent"];

/** A function from degrees to pixels that shows the whole extent. */
export function projectionFor(extent: Extent, width: number, height: number, margin = 8) {
  const [west, south, east, north] = extent;
  const corners = {
    type: "MultiPoint" as const,
    coordinates: [
      [west, south],
      [east, north],
    ],
  };
  const inside: [[number, number], [number, number]] = [
    [margin, margin],
    [width - margin, height - margin],
  ];
  return geoMercator().fitExtent(inside, corners);
}
