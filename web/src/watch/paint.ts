import { type GeoPath, geoPath, geoTransform } from "d3-geo";
import type { ZoomTransform } from "d3-zoom";
import type { CaseMap, CountryMap } from "../data/api.generated";
import { crowdRadius, GROUPS, type Scene, unitSide } from "./scene";

export type ToPixels = (longitude: number, latitude: number) => [number, number];

/** Colours of the page's style sheet; the palette is Okabe and Ito's, which colour-blind people can tell apart. */
export type Colours = Record<(typeof COLOUR_NAMES)[number], string>;
const COLOUR_NAMES = [
  "land",
  "abroad",
  "border",
  "water",
  "road",
  "bridge",
  "strike",
  "crowd",
  "crowd-edge",
  "insurgents",
  "government",
  "hegemon",
  "neutral",
  "outline",
] as const;

export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  return Object.fromEntries(COLOUR_NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])) as Colours;
}

/** Opacity of a county where everybody is on strike. */
export const STRIKE_OPACITY = 0.75;
export const HOLDERS = ["government", "hegemon", "insurgents", "neutral"] as const;

type Layers = CountryMap["layers"];
type Pencil = CanvasRenderingContext2D;

/** A path drawer in flat pixels: the maps are small, and no ring's direction matters. */
function pathOf(pencil: Pencil, toPixels: ToPixels): GeoPath {
  const flat = geoTransform({
    point(longitude, latitude) {
      const [x, y] = toPixels(longitude, latitude);
      this.stream.point(x, y);
    },
  });
  return geoPath(flat, pencil);
}

/** Land, water, streets and bridges: drawn anew only when the map is moved. */
export function paintGround(pencil: Pencil, map: CaseMap, kind: "country" | "capital", at: View, colours: Colours) {
  pencil.clearRect(0, 0, at.width, at.height);
  pencil.lineJoin = "round";
  pencil.lineCap = "round";
  pencil.fillStyle = kind === "country" ? colours.abroad : colours.land;
  pencil.fillRect(0, 0, at.width, at.height);
  const path = pathOf(pencil, at.toPixels);
  if (kind === "country" && map.country) paintCountry(pencil, path, map.country.layers, colours);
  if (kind === "capital" && map.capital) paintCapital(pencil, path, map.capital.layers, at, colours);
}

/** How a map is placed on its canvas. */
export interface View {
  width: number;
  height: number;
  transform: ZoomTransform;
  toPixels: ToPixels;
  pixelsPerMetre: number;
}

function trace(pencil: Pencil, path: GeoPath, layers: Layers, name: string, each?: (properties: Words) => void) {
  for (const feature of layers[name]?.features ?? []) {
    each?.(feature.properties as Words);
    pencil.beginPath();
    path(feature.geometry);
    pencil.stroke();
  }
}

type Words = Record<string, string | number | undefined>;

function paintCountry(pencil: Pencil, path: GeoPath, layers: Layers, colours: Colours) {
  pencil.fillStyle = colours.land;
  pencil.strokeStyle = colours.border;
  pencil.lineWidth = 1;
  for (const county of layers.counties?.features ?? []) {
    pencil.beginPath();
    path(county.geometry);
    pencil.fill("evenodd");
    pencil.stroke();
  }
  pencil.strokeStyle = colours.water;
  pencil.lineWidth = 2;
  trace(pencil, path, layers, "rivers");
  pencil.fillStyle = colours.water;
  for (const lake of layers.lakes?.features ?? []) {
    pencil.beginPath();
    path(lake.geometry);
    pencil.fill();
  }
}

function paintCapital(pencil: Pencil, path: GeoPath, layers: Layers, at: View, colours: Colours) {
  pencil.strokeStyle = colours.road;
  trace(pencil, path, layers, "roads", ({ rank }) => {
    pencil.lineWidth = (rank === 1 ? 2.2 : 1.3) * Math.min(1 + at.transform.k / 4, 2);
  });
  pencil.strokeStyle = colours.water;
  trace(pencil, path, layers, "water", ({ width_metres }) => {
    pencil.lineWidth = Math.max(Number(width_metres ?? 100) * at.pixelsPerMetre, 1.5);
  });
  pencil.lineCap = "butt";
  for (const [colour, extra] of [
    [colours.outline, 2],
    [colours.bridge, 0],
  ] as const) {
    pencil.strokeStyle = colour;
    trace(pencil, path, layers, "bridges", ({ kind }) => {
      pencil.lineWidth = (kind === "rail" ? 1.5 : 3) + extra;
    });
  }
}

/** Counties by the share of workers on strike. */
export function paintStrikes(pencil: Pencil, map: CaseMap, scene: Scene, at: View, colours: Colours) {
  const path = pathOf(pencil, at.toPixels);
  const counties = map.country?.layers.counties?.features ?? [];
  pencil.fillStyle = colours.strike;
  for (let county = 0; county < counties.length; county++) {
    const share = scene.picture.striking[county] as number;
    const shape = counties[county];
    if (share < 0.01 || !shape) continue;
    pencil.globalAlpha = STRIKE_OPACITY * Math.min(share, 1);
    pencil.beginPath();
    path(shape.geometry);
    pencil.fill("evenodd");
  }
  pencil.globalAlpha = 1;
}

/** People, insurgents and units at a moment. Nothing is allocated here but what the canvas needs. */
export function paintPeople(pencil: Pencil, scene: Scene, xy: Float64Array, grow: number, colours: Colours) {
  const { crowd, fighting, men, holder } = scene.picture;
  const n = scene.anchors.length;
  pencil.lineWidth = 1.2;
  for (let at = 0; at < n; at++) {
    const radius = crowdRadius(crowd[at] as number) * grow;
    if (radius < 0.8) continue;
    pencil.beginPath();
    pencil.arc(xy[2 * at] as number, xy[2 * at + 1] as number, radius, 0, 2 * Math.PI);
    pencil.fillStyle = colours.crowd;
    pencil.globalAlpha = 0.45;
    pencil.fill();
    pencil.globalAlpha = 1;
    pencil.strokeStyle = colours["crowd-edge"];
    pencil.stroke();
  }
  if (scene.kind === "capital") for (let at = 0; at < n; at++) paintHolder(pencil, xy, at, holder[at] as number, colours);
  for (let at = 0; at < n; at++) paintUnits(pencil, men, at, xy[2 * at] as number, xy[2 * at + 1] as number, grow, colours);
  for (let at = 0; at < n; at++) {
    const armed = fighting[at] as number;
    if (armed < 20) continue;
    paintTriangle(pencil, xy[2 * at] as number, xy[2 * at + 1] as number, insurgentSide(armed) * grow, colours);
  }
}

/** Side of the insurgents' triangle: its area stands for six times as many people as a crowd's. */
export const insurgentSide = (armed: number): number => Math.max(0.38 * Math.sqrt(armed), 6);

/** Outline of a house of half-width 1 around its middle, for canvas and SVG alike. */
export const HOUSE = "M0-1L1-.1H.75V.9H-.75V-.1H-1Z";
const house = new Path2D(HOUSE);

function paintHolder(pencil: Pencil, xy: Float64Array, at: number, holder: number, colours: Colours) {
  const size = holder === 0 ? 3 : 4.4;
  pencil.save();
  pencil.translate(xy[2 * at] as number, xy[2 * at + 1] as number);
  pencil.scale(size, size);
  pencil.fillStyle = colours[HOLDERS[holder] ?? "neutral"];
  pencil.strokeStyle = colours.outline;
  pencil.lineWidth = 0.8 / size;
  pencil.stroke(house);
  pencil.fill(house);
  pencil.restore();
}

export function paintTriangle(pencil: Pencil, x: number, y: number, side: number, colours: Colours) {
  const half = side / 2;
  pencil.beginPath();
  pencil.moveTo(x, y - side * 0.58);
  pencil.lineTo(x + half, y + side * 0.29);
  pencil.lineTo(x - half, y + side * 0.29);
  pencil.closePath();
  pencil.fillStyle = colours.insurgents;
  pencil.fill();
  pencil.lineWidth = 1;
  pencil.strokeStyle = colours.outline;
  pencil.stroke();
}

const side = (count: number, grow: number): number => (count < 30 ? 0 : Math.max(unitSide(count) * grow, 3.5));

function paintUnits(pencil: Pencil, men: Float64Array, at: number, x: number, y: number, grow: number, colours: Colours) {
  const first = at * GROUPS.length;
  let wide = -2;
  let high = 0;
  for (let group = 0; group < GROUPS.length; group++) {
    const size = side(men[first + group] as number, grow);
    if (size > 0) wide += size + 2;
    if (size > high) high = size;
  }
  let left = x - wide / 2;
  for (let group = 0; group < GROUPS.length; group++) {
    const size = side(men[first + group] as number, grow);
    if (size === 0) continue;
    paintUnit(pencil, group, left, y + 5 + (high - size) / 2, size, colours);
    left += size + 2;
  }
}

/** Shape: soldiers a square, police a circle, political police a diamond. Colour: whom they obey now. */
export function paintUnit(pencil: Pencil, group: number, left: number, top: number, size: number, colours: Colours) {
  const name = GROUPS[group] as string;
  const middle = size / 2;
  pencil.beginPath();
  if (name === "political_police") {
    pencil.moveTo(left + middle, top - 1);
    pencil.lineTo(left + size + 1, top + middle);
    pencil.lineTo(left + middle, top + size + 1);
    pencil.lineTo(left - 1, top + middle);
    pencil.closePath();
  } else if (name.endsWith("police")) pencil.arc(left + middle, top + middle, middle, 0, 2 * Math.PI);
  else pencil.rect(left, top, size, size);
  const obeys =
    name === "hegemon"
      ? "hegemon"
      : name.startsWith("joined")
        ? "insurgents"
        : name.startsWith("neutral")
          ? "neutral"
          : "government";
  pencil.fillStyle = colours[obeys];
  pencil.fill();
  pencil.lineWidth = 1;
  pencil.strokeStyle = obeys === "neutral" ? colours.government : colours.outline;
  pencil.stroke();
}
