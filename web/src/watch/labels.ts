/** A name that wants to stand beside a point of a map. */
export interface Wish {
  x: number;
  y: number;
  text: string;
  /** where it would stand first */
  side: "left" | "right" | "above" | "below" | "middle";
  kind: "town" | "site" | "district" | "water";
  /** higher ones choose first */
  weight: number;
}

export interface Label extends Wish {
  anchor: "start" | "middle" | "end";
  left: number;
  top: number;
}

/** A rectangle that is taken already. */
export type Box = Record<"left" | "top" | "right" | "bottom", number>;

const HEIGHT = 13;
const LETTER = 6.4;
const SIDES: readonly Wish["side"][] = ["right", "left", "below", "above"];

const meet = (one: Box, other: Box): boolean =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

function place(wish: Wish, side: Wish["side"], wide: number): { label: Label; box: Box } {
  const gap = 8;
  const [dx, dy, anchor] = {
    right: [gap, 4, "start"],
    left: [-gap, 4, "end"],
    above: [0, -gap, "middle"],
    below: [0, gap + 10, "middle"],
    middle: [0, 4, "middle"],
  }[side] as [number, number, Label["anchor"]];
  const x = wish.x + dx;
  const y = wish.y + dy;
  const left = anchor === "start" ? x : anchor === "end" ? x - wide : x - wide / 2;
  const box = { left: left - 2, top: y - HEIGHT + 1, right: left + wide + 2, bottom: y + 4 };
  return { label: { ...wish, anchor, left: x, top: y }, box };
}

/** Names that fit: none covers another or what is taken, and none is cut off by the frame. */
export function arrange(wishes: readonly Wish[], width: number, height: number, covered: readonly Box[] = []): Label[] {
  const taken: Box[] = [...covered];
  const labels: Label[] = [];
  for (const wish of [...wishes].sort((one, other) => other.weight - one.weight)) {
    // a long river offers several places for its one name
    if (wish.kind === "water" && labels.some(({ text }) => text === wish.text)) continue;
    const wide = wish.text.length * LETTER;
    const sides = wish.side === "middle" ? [wish.side] : [wish.side, ...SIDES.filter((side) => side !== wish.side)];
    for (const side of sides) {
      const { label, box } = place(wish, side, wide);
      const isInside = box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height;
      if (!isInside || taken.some((other) => meet(box, other))) continue;
      taken.push(box);
      labels.push(label);
      break;
    }
  }
  return labels;
}
