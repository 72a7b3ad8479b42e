/**
 * @file The papers' experiment: many runs, each with a network, an image and a start of its own, DLG and iDLG on the
 * same three.
 *
 *   run i of seed S:   image ← a uniform one of the data set,  attack seed ← 32 random bits,  both from (S, i)
 *
 * The attack seed draws the weights and the start, so `idlg attack` with that image, seed and protocol is the same run.
 * Protocol of both papers' code: L-BFGS of learning rate 1, at most 300 iterations, stopped when L_G < 10⁻⁶, which
 * is checked after iterations 1, 11, 21, …
 */
import { DEFENCES, type DefenceName, type DefenceSetting } from '../beyond/defence/defences.ts';
import type { AttackOptions } from '../attack/reconstruct.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ActivationName } from '../nn/activation.ts';
import type { LineSearch } from '../optim/lbfgs.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { METHODS } from './attacks.ts';
import { DEFAULT_KERNELS, type Kernels } from './kernels.ts';
import type { RunRecord } from './run.ts';

/** What all runs of an experiment share. */
export interface Protocol {
  readonly dataset: string;
  /** How many images the data set has: the training and the test images of MNIST are two experiments. */
  readonly images: number;
  readonly lineSearch: LineSearch;
  /** The largest number allowed. */
  readonly mostIterations: number;
  /** A run stops when L_G is below it. */
  readonly tolerance: number;
  /** The tolerance is checked after iterations 1, 1 + n, 1 + 2n, … */
  readonly lookEvery: number;
  readonly seed: number;
  /** The activation of the network; left out if it is the papers', sigmoid. */
  readonly activation?: ActivationName;
  /** The kernels that the layers are computed with; left out if they are the default, the fast ones. */
  readonly kernels?: Kernels;
  /** The options of prior-options.ts that were given, as on the command line, and a hash of the classifier. */
  readonly options?: string;
  /** The VERSION of the program that made the run; the first version left it out. */
  readonly version?: number;
}

/**
 * The version of the arithmetic. A change that alters the last bits of a run raises it, so that no
 * experiment is made by two versions of the program.
 *   2   L-BFGS multiplies by the book's two loops, and one network computes the mean over a batch
 *   3   the zeros of a pruned gradient are no part of L_G
 */
export const VERSION = 3;

export const DEFENCE_NAMES = Object.keys(DEFENCES) as readonly DefenceName[];

/** The defaults: the protocol of the papers' code. */
export const PAPER = { lineSearch: 'none', mostIterations: 300, tolerance: 1e-6, lookEvery: 10, seed: 0 } as const;
export const PAPER_ACTIVATION: ActivationName = 'sigmoid';

/** What must agree for runs to belong to one experiment, each with the option that sets it. */
export const PROTOCOL_OPTIONS: Readonly<Record<keyof Protocol, string>> = {
  dataset: '--dataset',
  images: 'number of images in --data',
  lineSearch: '--line-search',
  mostIterations: '--iterations',
  tolerance: '--tolerance',
  lookEvery: '--look-every',
  seed: '--seed',
  activation: '--activation',
  kernels: '--kernels',
  options: 'options',
  version: 'program version',
};

/** What a field that is left out stands for. */
const LEFT_OUT: Partial<Protocol> = {
  activation: PAPER_ACTIVATION, kernels: DEFAULT_KERNELS, options: 'none', version: 1,
};

/** The protocol alone, from a run as well. */
export function protocolOf(run: Protocol): Protocol {
  const {
    dataset, images, lineSearch, mostIterations, tolerance, lookEvery, seed, activation, kernels, options, version,
  } = run;
  return {
    ...{ dataset, images, lineSearch, mostIterations, tolerance, lookEvery, seed },
    ...(activation !== undefined && { activation }),
    ...(kernels !== undefined && { kernels }),
    ...(options !== undefined && { options }),
    ...(version !== undefined && { version }),
  };
}

/** What differs between two protocols, for a message; undefined if nothing does. */
export function difference(expected: Protocol, got: Protocol): string | undefined {
  const keys = Object.keys(PROTOCOL_OPTIONS) as (keyof Protocol)[];
  const valueIn = (protocol: Protocol, key: keyof Protocol) => protocol[key] ?? LEFT_OUT[key];
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

/** One line of runs.jsonl: everything needed to repeat the run, and its outcome. */
export type RunLine = Protocol & Draw & Partial<DefenceSetting> & { readonly truth: number } & RunRecord;

/** The protocol for a data set; an option that is not given is PAPER's. */
export function protocolFor(
  name: string, { size }: Dataset,
  given: { readonly [K in keyof Omit<Protocol, 'dataset' | 'images' | 'version'>]?: Protocol[K] | undefined },
): Protocol {
  const {
    lineSearch = PAPER.lineSearch, mostIterations = PAPER.mostIterations, tolerance = PAPER.tolerance,
    lookEvery = PAPER.lookEvery, seed = PAPER.seed, activation = PAPER_ACTIVATION, kernels = DEFAULT_KERNELS, options,
  } = given;
  return {
    ...{ dataset: name, images: size, lineSearch, mostIterations, tolerance, lookEvery, seed },
    ...(activation !== PAPER_ACTIVATION && { activation }),
    ...(kernels !== DEFAULT_KERNELS && { kernels }),
    ...(options && { options }),
    version: VERSION,
  };
}

export function drawRun({ seed, images }: Pick<Protocol, 'seed' | 'images'>, index: number): Draw {
  const random = new Random(seed, STREAMS.runs, index);
  return { index, image: random.below(images), attackSeed: random.bits() };
}

/** The attack's options in run i, besides those of prior-options.ts. */
export function attackOptions(protocol: Protocol, { attackSeed }: Draw): AttackOptions & { readonly seed: number } {
  const { lineSearch, mostIterations, tolerance, lookEvery } = protocol;
  return { optimizer: 'lbfgs', lineSearch, iterations: mostIterations, tolerance, lookEvery, seed: attackSeed };
}

/** What identifies a run within its experiment. */
export type RunName = Pick<RunLine, 'index' | 'method' | 'defence' | 'strength'>;

/** The order of a finished file: by index, then by defence and its strength, then by method in the order of METHODS. */
export function byIndex(a: RunName, b: RunName): number {
  return a.index - b.index || rankOf(a) - rankOf(b) || (a.strength ?? 0) - (b.strength ?? 0) ||
    METHODS.indexOf(a.method) - METHODS.indexOf(b.method);
}

const rankOf = ({ defence }: RunName): number => (defence === undefined ? -1 : DEFENCE_NAMES.indexOf(defence));

/** The defence and strength of a run, if it has them. */
export function settingOf({ defence, strength }: RunName): Partial<DefenceSetting> {
  return { ...(defence !== undefined && { defence }), ...(strength !== undefined && { strength }) };
}
