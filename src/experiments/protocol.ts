/**
 * @file The papers' experiment: many runs, each with a network, an image and a start of its own, DLG and iDLG on the
 * same three.
 *
 *   run i of seed S:   image ← a uniform one of the data set,  attack seed ← 32 random bits,  both from (S, i)
 *
 * The attack seed draws the weights and the start, so `idlg attack` with that image, seed and protocol is the same run.
 * Protocol of both papers' code: L-BFGS of learning rate 1, at most 300 iterations, an end where L_G < 10⁻⁶, which is
 * looked at after iterations 1, 11, 21, …
 */
import { DEFENCES, type DefenceName, type DefenceSetting } from '../attack/defences.ts';
import type { AttackOptions } from '../attack/reconstruct.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ActivationName } from '../nn/activation.ts';
import type { LineSearch } from '../optim/lbfgs.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { METHODS, type RunRecord } from './run.ts';

/** What all runs of an experiment share. */
export interface Protocol {
  readonly dataset: string;
  /** How many images the data set has: the training and the test images of MNIST are two experiments. */
  readonly images: number;
  readonly lineSearch: LineSearch;
  /** The most there may be. */
  readonly mostIterations: number;
  /** An end where L_G is below it. */
  readonly tolerance: number;
  /** The tolerance is looked at after iterations 1, 1 + n, 1 + 2n, … */
  readonly lookEvery: number;
  readonly seed: number;
  /** Of the network; left out where it is the papers', sigmoid. */
  readonly activation?: ActivationName;
}

export const DEFENCE_NAMES = Object.keys(DEFENCES) as readonly DefenceName[];

/** What holds unless said: the papers' code. */
export const PAPER = { lineSearch: 'none', mostIterations: 300, tolerance: 1e-6, lookEvery: 10, seed: 0 } as const;
export const PAPER_ACTIVATION: ActivationName = 'sigmoid';

/** What must agree for runs to be of one experiment, each with the option that sets it. */
export const PROTOCOL_OPTIONS: Readonly<Record<keyof Protocol, string>> = {
  dataset: '--dataset',
  images: 'as many images in --data',
  lineSearch: '--line-search',
  mostIterations: '--iterations',
  tolerance: '--tolerance',
  lookEvery: '--look-every',
  seed: '--seed',
  activation: '--activation',
};

/** The protocol alone, of a run as well. */
export function protocolOf(run: Protocol): Protocol {
  const { dataset, images, lineSearch, mostIterations, tolerance, lookEvery, seed, activation } = run;
  const protocol = { dataset, images, lineSearch, mostIterations, tolerance, lookEvery, seed };
  return activation === undefined ? protocol : { ...protocol, activation };
}

/** What differs between two protocols, for a message; undefined where nothing does. */
export function difference(expected: Protocol, got: Protocol): string | undefined {
  const keys = Object.keys(PROTOCOL_OPTIONS) as (keyof Protocol)[];
  const valueIn = (protocol: Protocol, key: keyof Protocol) => protocol[key] ?? PAPER_ACTIVATION;
  const differing = keys.filter((key) => valueIn(expected, key) !== valueIn(got, key));
  if (differing.length === 0) return undefined;
  const list = (protocol: Protocol) =>
    differing.map((key) => `${PROTOCOL_OPTIONS[key]} ${valueIn(protocol, key)}`).join(', ');
  return `expected runs with ${list(expected)}, got runs with ${list(got)}`;
}

/** What run i draws. */
export interface Draw {
  readonly index: number;
  /** The image's number in the data set. */
  readonly image: number;
  /** Draws the network's weights and the start. */
  readonly attackSeed: number;
}

/** One line of runs.jsonl: everything to repeat the run, and what came of it. */
export type RunLine = Protocol & Draw & Partial<DefenceSetting> & { readonly truth: number } & RunRecord;

/** The protocol for a data set: PAPER's where an option is not given. */
export function protocolFor(
  name: string, { size }: Dataset,
  { activation, ...given }: { readonly [K in keyof Omit<Protocol, 'dataset' | 'images'>]?: Protocol[K] | undefined },
): Protocol {
  const {
    lineSearch = PAPER.lineSearch, mostIterations = PAPER.mostIterations, tolerance = PAPER.tolerance,
    lookEvery = PAPER.lookEvery, seed = PAPER.seed,
  } = given;
  const protocol = { dataset: name, images: size, lineSearch, mostIterations, tolerance, lookEvery, seed };
  return activation === undefined || activation === PAPER_ACTIVATION ? protocol : { ...protocol, activation };
}

export function drawRun({ seed, images }: Pick<Protocol, 'seed' | 'images'>, index: number): Draw {
  const random = new Random(seed, STREAMS.runs, index);
  return { index, image: random.below(images), attackSeed: random.bits() };
}

/** The attack's options in run i. */
export function attackOptions(protocol: Protocol, { attackSeed }: Draw): AttackOptions & { readonly seed: number } {
  const { lineSearch, mostIterations, tolerance, lookEvery } = protocol;
  return { optimizer: 'lbfgs', lineSearch, iterations: mostIterations, tolerance, lookEvery, seed: attackSeed };
}

/** What names a run within its experiment. */
export type RunName = Pick<RunLine, 'index' | 'method' | 'defence' | 'strength'>;

/** A run's place in the order of a finished file: by index, then by defence and its strength, then as METHODS are. */
export function byIndex(a: RunName, b: RunName): number {
  return a.index - b.index || rankOf(a) - rankOf(b) || (a.strength ?? 0) - (b.strength ?? 0) ||
    METHODS.indexOf(a.method) - METHODS.indexOf(b.method);
}

const rankOf = ({ defence }: RunName): number => (defence === undefined ? -1 : DEFENCE_NAMES.indexOf(defence));

/** A run's setting, as far as it has one. */
export function settingOf({ defence, strength }: RunName): Partial<DefenceSetting> {
  return { ...(defence !== undefined && { defence }), ...(strength !== undefined && { strength }) };
}
