/**
 * @file Everything that a visitor can set, and how it stands in the address: a link to the page is the experiment.
 *
 *   #image=digit-3&label=3&seed=7&activation=tanh&line-search=none&tolerance=1e-6&defence=gaussian&strength=0.001
 *
 * Names and defaults are those of `idlg attack`; what is at its default is left out. `image` is `face`, `digit-N` for
 * number N of digits(), or the pixels of a picture of the visitor's own (pixels.ts).
 */
import { DEFENCES, type DefenceName, type DefenceSetting } from '../../src/attack/defences.ts';
import { DEFAULTS } from '../../src/attack/reconstruct.ts';
import type { Example } from '../../src/data/dataset.ts';
import { digits } from '../../src/data/synthetic/digits.ts';
import type { LineSearch } from '../../src/optim/lbfgs.ts';
import { face } from './face.ts';
import { decodePixels } from './pixels.ts';

export const CLASSES = 10;
/** The activations that a network of the page may have: those with an inverse, for the closed form. */
export const ACTIVATIONS = ['sigmoid', 'tanh'] as const;
export const LINE_SEARCHES = ['strong-wolfe', 'none'] as const satisfies readonly LineSearch[];
const LARGEST_SEED = 2 ** 32 - 1;

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
  /** Of the defence, where it has one. */
  readonly strength: number | undefined;
}

export const START: Settings = {
  image: 'face',
  label: undefined,
  seed: DEFAULTS.seed,
  activation: 'sigmoid',
  lineSearch: DEFAULTS.lineSearch,
  tolerance: DEFAULTS.tolerance,
  defence: 'none',
  strength: undefined,
};

const drawn = digits();

function draw(image: string): Example | undefined {
  if (image === 'face') return { image: face(), label: 0 };
  const index = /^digit-(\d{1,4})$/.exec(image)?.[1];
  if (index !== undefined) return drawn.example(Number(index));
  const pixels = decodePixels(image);
  return pixels && { image: pixels, label: 0 };
}

/** The picture that was asked for last: everything that changes asks for it again. */
let last: { readonly name: string; readonly picture: Example | undefined } | undefined;

/** The private picture and the label that goes with it; undefined where the text names none. */
export function pictureOf(image: string): Example | undefined {
  if (last?.name !== image) last = { name: image, picture: draw(image) };
  return last.picture;
}

/** The label that the client uses. */
export const labelOf = ({ image, label }: Settings): number => label ?? pictureOf(image)!.label;

/** The defence as the library has it. */
export const defenceOf = ({ defence, strength }: Settings): DefenceSetting =>
  strength === undefined ? { defence } : { defence, strength };

/** How each setting is read from text; undefined where the text is none of its values. */
const READERS: { readonly [Name in keyof Settings]: (text: string) => Settings[Name] | undefined } = {
  image: (text) => pictureOf(text) && text,
  label: (text) => integer(text, CLASSES - 1),
  seed: (text) => integer(text, LARGEST_SEED),
  activation: (text) => ACTIVATIONS.find((name) => name === text),
  lineSearch: (text) => LINE_SEARCHES.find((name) => name === text),
  tolerance: (text) => positive(text),
  defence: (text) => (Object.hasOwn(DEFENCES, text) ? (text as DefenceName) : undefined),
  strength: (text) => positive(text),
};
const NAMES = Object.keys(READERS) as (keyof Settings)[];
/** line-search, as the command line has it. */
const inAddress = (name: keyof Settings): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function integer(text: string, most: number): number | undefined {
  return /^\d+$/.test(text) && Number(text) <= most ? Number(text) : undefined;
}

function positive(text: string): number | undefined {
  return /^[\d.e-]+$/.test(text) && Number(text) > 0 && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/** What an address says, and what of it could not be read: there the start's value holds. */
export function readAddress(hash: string): { readonly settings: Settings; readonly unread: readonly string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, '')), settings: Record<string, unknown> = { ...START };
  const unread: string[] = [];
  for (const name of NAMES) {
    const text = given.get(inAddress(name));
    if (text === null) continue;
    const value = READERS[name](text);
    if (value === undefined) unread.push(`${inAddress(name)}=${text.slice(0, 40)}`);
    else settings[name] = value;
  }
  return { settings: fitting(settings as unknown as Settings), unread };
}

/** A strength with a defence that has one, in its range; none with others. */
export function fitting(settings: Settings): Settings {
  const { measure, strengths } = DEFENCES[settings.defence];
  if (measure === undefined) return { ...settings, strength: undefined };
  const strength = settings.strength ?? strengths[Math.floor(strengths.length / 2)];
  return { ...settings, strength: measure === 'share' ? Math.min(strength, 1) : strength };
}

/** The address of these settings, from its # on. */
export function writeAddress(settings: Settings): string {
  const said = new URLSearchParams();
  for (const name of NAMES) {
    const value = settings[name];
    if (value !== START[name] && value !== undefined) said.set(inAddress(name), String(value));
  }
  return `#${said}`;
}
