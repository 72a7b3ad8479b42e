/**
 * @file The ten settings of the pictures: a time of day, a season or a place, as a table of colours and a weather.
 */
import type { Random } from '../../tensor/random.ts';
import { blob, ellipse, mix, stroke, union, type Canvas, type Colour } from './draw.ts';

/** '#ff8000' → [1, 0.50…, 0]. */
const rgb = (hex: string): Colour => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);

/** Paints what is in the sky or in the air, in pixels. */
type Weather = (canvas: Canvas, setting: Setting, random: Random) => void;

/** The colours of a time or a place, and its weather. */
export interface Setting {
  readonly name: string;
  readonly sky: readonly [high: Colour, low: Colour];
  readonly ground: readonly [far: Colour, near: Colour];
  /** The colour that catches the eye: a roof, a hull, a petal. */
  readonly main: Colour;
  /** Its companion: a stripe, a fin, a fur. */
  readonly second: Colour;
  /** Nearly white in this light: a wall, a sail, a stalk. */
  readonly pale: Colour;
  /** Nearly black in this light: a door, a trunk, a tyre. */
  readonly dark: Colour;
  readonly leaf: Colour;
  /** The sun, the moon, a lit window. */
  readonly glow: Colour;
  readonly weather: Weather;
  /** What falls between the subject and us. */
  readonly falling?: Weather;
}

const WHITE: Colour = [1, 1, 1];

/** Places all over the picture in pixels, one in each cell of a grid: scattered, but never crowded. */
function* scatter(random: Random, cell: number): Generator<[x: number, y: number]> {
  for (let y = 0; y < 32; y += cell) {
    for (let x = 0; x < 32; x += cell) yield [x + random.uniform(0, cell), y + random.uniform(0, cell)];
  }
}

/** A disc at (x, y) with a glow around it. */
const disc = (x: number, y: number, radius: number): Weather => (canvas, { glow }, random) => {
  const [cx, cy] = [x + random.uniform(-2, 2), y + random.uniform(-1, 1)];
  canvas.paint(ellipse(cx, cy, radius), glow, 0.7, 6 * radius);
  canvas.paint(ellipse(cx, cy, radius), mix(glow, WHITE, 0.35));
};

const clouds: Weather = (canvas, { sky }, random) => {
  for (const [x, y] of [[6, 6], [25, 4], [17, 12]]) {
    const [cx, cy, r] = [x + random.uniform(-3, 3), y + random.uniform(-2, 2), random.uniform(1.6, 2.6)];
    const [left, right] = [ellipse(cx - 1.5 * r, cy, r, 0.8 * r), ellipse(cx + 1.5 * r, cy, r, 0.7 * r)];
    canvas.paint(union(ellipse(cx, cy - r / 2, r), left, right), mix(sky[1], WHITE, 0.75), 0.9, 2);
  }
};

const stars: Weather = (canvas, setting, random) => {
  for (const [x, y] of scatter(random, 7)) canvas.paint(ellipse(x, y, 0.4), WHITE, random.uniform(0.5, 1), 1.2);
  disc(25, 6, 3)(canvas, setting, random);
};

/** Curtains of light: broad soft strokes. */
const aurora: Weather = (canvas, { glow, second }, random) => {
  for (const [x, y] of scatter(random, 8)) canvas.paint(ellipse(x, y, 0.3), WHITE, 0.7, 1.2);
  const [a, b] = [8 + random.uniform(-3, 3), 20 + random.uniform(-3, 3)];
  for (const [ink, y] of [[second, 4], [glow, 9]] as const) {
    canvas.paint(blob([-4, y + 5, a, y - 6, b, y + 7, 36, y - 6, 36, y, b, y + 12, a, y]), ink, 0.7, 5);
  }
};

/** Snow, petals or leaves. */
const flakes = (radius: number, ink: 'pale' | 'main' | 'leaf'): Weather => (canvas, setting, random) => {
  for (const [x, y] of scatter(random, 8)) canvas.paint(ellipse(x, y, radius, 0.7 * radius), setting[ink], 0.85);
};

const rain: Weather = (canvas, { sky }, random) => {
  const drop = mix(sky[1], WHITE, 0.5);
  for (const [x, y] of scatter(random, 6)) canvas.paint(stroke([x, y, x - 1, y + 3], 0.25), drop, 0.55);
};

/** Ten colours in one line: the high and low sky, the far and near ground, main, second, pale, dark, leaf, glow. */
interface Row extends Pick<Setting, 'name' | 'weather' | 'falling'> {
  readonly colours: string;
}

const ROWS: readonly Row[] = [
  {
    name: 'at noon',
    weather: clouds,
    colours: '#3d8ee0 #cdeaf8 #a3cf5e #4c8a3a #d8432f #f7b731 #fdf6e3 #4b2e2b #3d9140 #bfe3f5',
  },
  {
    name: 'at dawn',
    weather: disc(8, 13, 3),
    colours: '#7f9bd8 #ffd0b5 #c3c183 #6f8559 #d9527a #f2a65a #fff0e0 #553a52 #5f8f58 #fff1a8',
  },
  {
    name: 'at dusk',
    weather: disc(23, 15, 4),
    colours: '#4a2c73 #ff8c42 #6b4560 #2f2140 #c8324f #f0a04b #f6c9a0 #2a1730 #566a48 #ffd15c',
  },
  {
    name: 'at night',
    weather: stars,
    colours: '#0a1238 #30478c #28506b #0f2030 #6a78d6 #8e9ab8 #a9b6de #0a0d20 #33716a #ffe28a',
  },
  {
    name: 'in the snow',
    weather: clouds,
    falling: flakes(0.6, 'pale'),
    colours: '#93abc2 #e3ebf1 #ffffff #c3d4e6 #b5352f #8b6f5a #fbfdff #33363f #2f5d50 #ffd98a',
  },
  {
    name: 'in autumn',
    weather: clouds,
    falling: flakes(0.8, 'leaf'),
    colours: '#d3b070 #fbeac6 #c58a3c #7a4420 #8c2f1b #e0912f #fff1d0 #402218 #d9661a #ffe08a',
  },
  {
    name: 'in spring',
    weather: clouds,
    falling: flakes(0.7, 'main'),
    colours: '#6fcdd6 #fdf0f3 #b6e07a #5fae4a #ee6fa6 #c9a2e8 #ffffff #5a4636 #6dbb52 #fff7b0',
  },
  {
    name: 'in the rain',
    weather: clouds,
    falling: rain,
    colours: '#55636f #a9b7bd #6d8a6a #3b5147 #f2c230 #d97b3f #dfe5e4 #2b3236 #46705a #ffe9a0',
  },
  {
    name: 'in the desert',
    weather: disc(24, 7, 3.5),
    colours: '#2fa7b0 #f8e6b8 #eec27a #b9793a #1f6f8c #d4583a #fff4da #5b3423 #7a9440 #fff3b0',
  },
  {
    name: 'under northern lights',
    weather: aurora,
    colours: '#06141f #12434a #a8c4d6 #45657f #e05a3a #8a5fd0 #cfe2ea #10202b #1f6b57 #4dffa0',
  },
];

export const SETTINGS: readonly Setting[] = ROWS.map(({ colours, ...row }) => {
  const [high, low, far, near, main, second, pale, dark, leaf, glow] = colours.split(' ').map(rgb);
  return { ...row, sky: [high, low], ground: [far, near], main, second, pale, dark, leaf, glow };
});
