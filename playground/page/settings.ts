/**
 * @file Everything that a visitor can set, and how it stands in the address: a link to the page is the experiment.
 *
 *   #image=digit-3&label=3&seed=7&activation=tanh&line-search=none&tolerance=1e-6&defence=gaussian&strength=0.001
 *
 * Names and defaults are those of `idlg attack`; what is at its default is left out. `image` is `face`, `digit-N` for
 * number N of digits(), or the pixels of a picture of the visitor's own (pixels.ts).
 */
import { ATTACK_DEFAULTS } from '../../src/attack/reconstruct.ts';
import { DEFENCES, defenceTitle, type DefenceName, type DefenceSetting } from '../../src/beyond/defence/defences.ts';
import type { Example } from '../../src/data/dataset.ts';
import { digits } from '../../src/data/synthetic/digits.ts';
import { LINE_SEARCHES, type LineSearch } from '../../src/optim/lbfgs.ts';
import { face } from './face.ts';
import { numberText } from './numbers.ts';
import { decodePixels } from './pixels.ts';

export const CLASSES = 10;
/** The activations that a network of the page may have: those with an inverse, for the analytic attack. */
export const ACTIVATIONS = ['sigmoid', 'tanh'] as const;
export const LARGEST_SEED = 2 ** 32 - 1;
/** An L_G below the smallest is only rounding; the largest is about that of a start. */
const TOLERANCES = { least: 1e-30, most: 0.01 };
/** The range of a defence's strength, by what it measures. */
export const STRENGTHS: Readonly<Record<string, { readonly least: number; readonly most: number }>> = {
  share: { least: 0.01, most: 0.99 }, variance: { least: 1e-9, most: 1 }, norm: { least: 0.01, most: 100 },
};

export interface Settings {
  readonly image: string;
  /** Left out, the image's own. */
  readonly label: number | undefined;
  /** Draws the weights, the start, and a defence's noise. */
  readonly seed: number;
  readonly activation: (typeof ACTIVATIONS)[number];
  readonly lineSearch: LineSearch;
  readonly tolerance: number;
  readonly defence: DefenceName;
  /** The strength of the defence, if it has one. */
  readonly strength: number | undefined;
}

export const START: Settings = {
  image: 'face',
  label: undefined,
  seed: ATTACK_DEFAULTS.seed,
  activation: 'sigmoid',
  lineSearch: ATTACK_DEFAULTS.lineSearch,
  tolerance: ATTACK_DEFAULTS.tolerance,
  defence: 'none',
  strength: undefined,
};

const drawn = digits();

function draw(image: string): Example | undefined {
  if (image === 'face') return { image: face(), label: 0 };
  const index = /^digit-(0|[1-9]\d{0,3})$/.exec(image)?.[1];
  if (index !== undefined) return drawn.example(Number(index));
  const pixels = decodePixels(image);
  return pixels && { image: pixels, label: 0 };
}

/** The picture that was asked for last: everything that changes asks for it again. */
let last: { readonly name: string; readonly picture: Example | undefined } | undefined;

/** The private picture and the label that goes with it; undefined if the text names none. */
export function pictureOf(image: string): Example | undefined {
  if (last?.name !== image) last = { name: image, picture: draw(image) };
  return last.picture;
}

/** The label that the client uses. */
export const labelOf = ({ image, label }: Settings): number => label ?? pictureOf(image)!.label;

/** The defence as the library has it. */
export const defenceOf = ({ defence, strength }: Settings): DefenceSetting =>
  strength === undefined ? { defence } : { defence, strength };

/** A setting's values as a message names them, and how one is read; undefined if the text is none of them. */
interface Reader<T> {
  readonly expected: string;
  readonly read: (text: string) => T | undefined;
}

const oneOf = <T extends string>(names: readonly T[]): Reader<T> =>
  ({ expected: names.join(', '), read: (text) => names.find((name) => name === text) });
const wholeTo = (most: number): Reader<number> => ({
  expected: `a whole number from 0 to ${most}`,
  read: (text) => (/^\d+$/.test(text) && Number(text) <= most ? Number(text) : undefined),
});
const within = ({ least, most }: { readonly least: number; readonly most: number }): Reader<number> => ({
  expected: `a number from ${least} to ${most}`,
  read: (text) => (/^[\d.e-]+$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined),
});

const READERS: { readonly [Name in keyof Settings]: (before: Settings) => Reader<Settings[Name]> } = {
  image: () => ({
    expected: 'face, digit-0 to digit-9999, or the pixels of a picture',
    read: (text) => pictureOf(text) && text,
  }),
  label: () => wholeTo(CLASSES - 1),
  seed: () => wholeTo(LARGEST_SEED),
  activation: () => oneOf(ACTIVATIONS),
  lineSearch: () => oneOf(LINE_SEARCHES),
  tolerance: () => within(TOLERANCES),
  defence: () => oneOf(Object.keys(DEFENCES) as DefenceName[]),
  strength: ({ defence }) => {
    const { measure } = DEFENCES[defence];
    return measure === undefined ? { expected: 'a defence that has one', read: () => undefined }
      : within(STRENGTHS[measure]);
  },
};
/** In the order in which they are read: a strength after its defence. */
const NAMES = Object.keys(READERS) as (keyof Settings)[];
/** line-search, as the command line has it. */
const inAddress = (name: keyof Settings): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What an address says, and what in it was not understood, for a person: there the default holds. */
export function readAddress(hash: string): { readonly settings: Settings; readonly unread: readonly string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const unread: string[] = [];
  let settings = START;
  for (const name of NAMES) {
    const text = given.get(inAddress(name));
    given.delete(inAddress(name));
    if (text === null) continue;
    const { expected, read } = READERS[name](settings), value = read(text);
    if (value === undefined) unread.push(`${inAddress(name)}: expected ${expected}, got "${text.slice(0, 40)}"`);
    else settings = { ...settings, [name]: value };
  }
  for (const name of given.keys()) unread.push(`${name.slice(0, 40)}: no such setting`);
  return { settings: fitting(settings), unread };
}

/** Gives a defence that lacks its strength the middle one, and removes that of a defence that has no strengths. */
export function fitting(settings: Settings): Settings {
  const { measure, strengths } = DEFENCES[settings.defence];
  const usual = strengths[Math.floor(strengths.length / 2)];
  return { ...settings, strength: measure === undefined ? undefined : (settings.strength ?? usual) };
}

/** The names of what is not at its default. */
const changed = (settings: Settings): (keyof Settings)[] =>
  NAMES.filter((name) => settings[name] !== START[name] && settings[name] !== undefined);

/** The address of these settings, from its # on. */
export function writeAddress(settings: Settings): string {
  const said = changed(settings).map((name): [string, string] => [inAddress(name), String(settings[name])]);
  return `#${new URLSearchParams(said)}`;
}

/** How a row of the record names each; what is empty is named by another. */
const WORDS: { readonly [Name in keyof Settings]: (settings: Settings) => string } = {
  image: ({ image }) => (/^(face|digit-\d+)$/.test(image) ? image.replace('-', ' ') : 'a picture of your own'),
  defence: (settings) => defenceTitle(defenceOf(settings)),
  strength: () => '',
  label: ({ label }) => `label ${label}`,
  seed: ({ seed }) => `seed ${seed}`,
  activation: ({ activation }) => activation,
  lineSearch: () => 'no line search',
  tolerance: ({ tolerance }) => `L_G below ${numberText(tolerance)}`,
};

/** An experiment in words: its picture, its defence, and what else is not at its default. */
export function describe(settings: Settings): string {
  const names = new Set<keyof Settings>(['image', 'defence', ...changed(settings)]);
  return [...names].map((name) => WORDS[name](settings)).filter(Boolean).join(', ');
}
