/**
 * @file Small illustrations without a data set: ten subjects in ten settings, 32 × 32, in colour.
 */
import { Random, STREAMS } from '../../tensor/random.ts';
import { expectIndex, type Dataset } from '../dataset.ts';
import { below, Canvas, ellipse, gradient, mix, polygon, stroke, type Colour } from './draw.ts';
import { SETTINGS, type Setting } from './settings.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

const EVERYWHERE = below(-1);
const WHITE: Colour = [1, 1, 1];
const WATER: Colour = [0.05, 0.32, 0.52];
const DEEP_WATER: Colour = [0.025, 0.16, 0.26];

/** Paints all that is behind a subject. */
type Backdrop = (canvas: Canvas, setting: Setting, random: Random) => void;

/** The sky down to a horizon, and its weather. */
function sky(canvas: Canvas, setting: Setting, random: Random, horizon: number): void {
  canvas.paint(EVERYWHERE, gradient(setting.sky[0], setting.sky[1], 0, horizon));
  setting.weather(canvas, setting, random);
}

/** A meadow, or what the setting makes of it: a hill far away, the ground, and a few blades of grass. */
const meadow = (height: number): Backdrop => (canvas, setting, random) => {
  const [far, near] = setting.ground;
  const horizon = height + random.uniform(-1.5, 1.5);
  const hill = random.uniform(0, 32);
  sky(canvas, setting, random, horizon);
  canvas.paint(ellipse(hill, horizon + 20, 24, 23), mix(mix(far, setting.sky[1], 0.3), near, 0.35), 1, 1.5);
  canvas.paint(ellipse(32 - hill, horizon + 40, 60, 40), gradient(far, near, horizon, 33));
  for (let x = 0; x < 32; x += 2.5) {
    const y = random.uniform(horizon + 2, 33);
    canvas.paint(stroke([x, y, x + random.uniform(-0.5, 0.5), y - 1.5], 0.3), mix(near, setting.leaf, 0.4), 0.5);
  }
};

/** The open sea, the sky in its waves. */
const sea: Backdrop = (canvas, setting, random) => {
  const [high, low] = setting.sky;
  const horizon = 20 + random.uniform(-1.5, 1.5);
  sky(canvas, setting, random, horizon);
  canvas.paint(below(horizon), gradient(mix(low, WATER, 0.5), mix(high, DEEP_WATER, 0.5), horizon, 33));
  for (let y = horizon + 1; y < 32; y += 1.2) {
    const x = random.uniform(-2, 32);
    canvas.paint(stroke([x, y, x + 4, y], 0.25), low, 0.6);
  }
};

/** Under water: shafts of light, and the ground at the bottom. */
const depths: Backdrop = (canvas, { sky: [high, low], ground: [far, near] }, random) => {
  canvas.paint(EVERYWHERE, gradient(mix(low, WATER, 0.35), mix(high, WATER, 0.6), 0, 32));
  for (const left of [4, 13, 24]) {
    const x = left + random.uniform(-3, 3);
    canvas.paint(polygon([x, -2, x + 4, -2, x - 3, 26, x - 9, 26]), WHITE, 0.16, 3);
  }
  canvas.paint(ellipse(16, 36, 30, 9), gradient(far, near, 26, 33));
};

const BACKDROPS: Record<Subject['place'], Backdrop> = { land: meadow(21), air: meadow(27), sea, depths };

/** The setting on another day: its leading colours a little off. */
function anotherDay(setting: Setting, random: Random): Setting {
  const vary = (colour: Colour): Colour => mix(colour, [random.uniform(), random.uniform(), random.uniform()], 0.12);
  const [high, low] = setting.sky;
  return { ...setting, sky: [vary(high), low], main: vary(setting.main), second: vary(setting.second) };
}

/**
 * Ten thousand pictures [3, 32, 32]; number i shows class i mod 100: subject ⌊class/10⌋ in setting class mod 10.
 * Another seed, other pictures. @throws {RangeError} if the seed is not a non-negative safe integer.
 */
export function pictures(seed = 0): Dataset {
  new Random(seed); // A bad seed throws here, at the door.
  const [name, size, shape] = ['pictures', 10_000, [3, 32, 32] as const];
  return {
    name,
    shape,
    classes: 100,
    size,
    classNames: SUBJECTS.flatMap((subject) => SETTINGS.map((setting) => `${subject.name} ${setting.name}`)),
    example(index) {
      expectIndex(name, index, size);
      const random = new Random(STREAMS.pictures, seed, index);
      const label = index % 100;
      const subject = SUBJECTS[Math.floor(label / 10)];
      const setting = anotherDay(SETTINGS[label % 10], random);
      const canvas = new Canvas(shape);
      BACKDROPS[subject.place](canvas, setting, random);
      const [x, y] = [16 + random.uniform(-2, 2), 17 + random.uniform(-1.5, 1)];
      canvas.frame(x, y, random.uniform(1.05, 1.3), random.below(2) === 1);
      subject.paint(canvas.paint, setting, random);
      canvas.frame(0, 0, 1);
      if (subject.place !== 'depths') setting.falling?.(canvas, setting, random);
      return { image: canvas.toImage(), label };
    },
  };
}
